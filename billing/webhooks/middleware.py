"""Takes Stripe's deliveries off the pages' path: no session, cookie or policy is of use to them, and Stripe waits."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from billing.webhooks.ingress import ADDRESS, receive


class IngressMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return receive(request) if request.path_info == ADDRESS else self.get_response(request)
