"""Takes ``/v1`` off the pages' path: no session, no cookies, no CSRF, and none of their cost."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from promptguard.api.serving import serve
from promptguard.api.views import decisions, guard, me, moderations, reference, reservations  # noqa: F401 (each declares its operations)


class ApiMiddleware:
    """Answers every path below ``/v1/`` itself; the router of pages never sees one, however it is spelt."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/v1/"):
            response = serve(request)
            response.headers["Content-Length"] = str(len(response.content))
            response.headers["Cache-Control"] = "no-store"
            response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
            return response
        return self.get_response(request)
