"""What risk does to a session: another browser in it ends it; a member on hold confirms with a passkey first."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.risk import browser
from accounts.risk.models import Hold
from accounts.signals import record_of_person
from audit.events import Event
from tenants.access import ACCESS, PageRequest
from tenants.permissions import Permission


class RiskMiddleware:
    """Comes after the tenant's middleware: a hold is the open organisation's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and _moved(request):
            record_of_person(Event.SESSION_MOVED, request, request.user)
            logout(request)
            messages.warning(request, "This session was opened in another browser, so it has ended. Sign in again.")
            return redirect("account_login")
        return self.get_response(request)

    def process_view(
        self,
        request: PageRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Send a member on hold to the passkey's page, from any page that a permission guards."""
        if not isinstance(getattr(view, ACCESS, None), Permission) or getattr(request, "membership", None) is None:
            return None
        if not Hold.objects.filter(user_id=request.user.pk).exists():
            return None
        back = request.get_full_path() if request.method == "GET" else reverse("home")
        return redirect(f"{reverse('risk_hold')}?{urlencode({'next': back})}")


def _moved(request: HttpRequest) -> bool:
    """Tell whether the session's browser calls itself something else than when it signed in."""
    now = browser.family(request)
    return bool(request.session.setdefault(browser.SESSION_KEY, now) != now)
