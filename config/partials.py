"""Answers to requests for a part of a page (htmx) that went wrong: the part says what happened and what to do.

Without this a whole error page, or the sign-in page, would be put where the part belongs.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

SENTENCES = {
    400: ("This request makes no sense here", "Reload the page and try again."),
    403: ("You may not do this", "Reload the page. If it stays so, ask an administrator for a role that includes it."),
    404: ("There is nothing here any more", "It was removed, or it belongs to another organisation. Reload the page."),
    413: ("That was too large", "Send less at once."),
    429: ("Too many tries", "Wait a moment, then try again."),
}
FAILED = ("Something failed on our side", "It is recorded, and what you typed is still here. Try again in a moment.")


class PartialErrors:
    """Turns what answers a failed request for a part into a part."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.htmx or request.htmx.history_restore_request:  # type: ignore[attr-defined]  # HtmxMiddleware sets it
            return response
        if {"HX-Redirect", "HX-Trigger"} & response.headers.keys():
            return response
        if _wants_sign_in(request, response):
            return _sign_in_again(request)
        return _explained(request, response) if response.status_code >= 400 else response


def _wants_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    """Tell whether a session is what is missing; a form's token is gone with the cookies of one that ended."""
    if response.status_code == 403:
        return not request.user.is_authenticated
    target = urlsplit(response.headers.get("Location", "")).path
    return response.status_code in {301, 302, 303} and target == reverse("account_login")


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    """Lead the whole window to the sign-in, and from there back to the page that asked."""
    here = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]  # HtmxMiddleware sets it
    target = f"{reverse('account_login')}?{urlencode({'next': here})}"
    response = _part(request, 401, "Your session has ended", "Sign in again to go on.")
    response.headers["HX-Redirect"] = target
    return response


def _explained(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    title, text = SENTENCES.get(response.status_code, FAILED)
    part = _part(request, response.status_code, title, text)
    for name in ("Retry-After", "Allow"):
        if name in response.headers:
            part.headers[name] = response.headers[name]
    return part


def _part(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {"title": title, "text": text, "request_id": request.META.get("tidegate.request_id", "")}
    # Without the request: what draws whole pages asks the database, which may be what failed.
    return HttpResponse(render_to_string("elements/part_failed.html", context), status=status)
