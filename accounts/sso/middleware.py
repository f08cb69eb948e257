"""At the door of every page: whether the session may open this organisation, and whether it may touch the account."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve

from accounts.sso import enforcement
from tenants.access import ACCESS
from tenants.middleware import TenantRequest
from tenants.vouching import is_bound

_OF_THE_ACCOUNT = ("account_email", "account_change_password", "account_set_password", "mfa_", "sso_link")
_STAGES = {"mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_login_webauthn"}


class SsoMiddleware:
    """Keeps enforced organisations shut, and the accounts of people who belong elsewhere out of one tenant's reach."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: TenantRequest,
        view: Callable[..., Any],
        args: Any,  # noqa: ANN401 (Django's own)
        kwargs: Any,  # noqa: ANN401
    ) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        if _is_of_an_organisation(view) and request.membership is not None:
            return _at_the_door(request)
        if request.closed_memberships and _changes_the_account(request):
            return render(request, "sso/not_your_own.html", {"memberships": request.closed_memberships}, status=403)
        return None


def _is_of_an_organisation(view: Callable[..., Any]) -> bool:
    """Tell whether a view asks for a permission in the open organisation; the others need none."""
    declared = str(getattr(view, ACCESS, "public"))
    return not declared.startswith(("public", "signed in"))


def _at_the_door(request: TenantRequest) -> HttpResponse | None:
    membership = request.membership
    assert membership is not None  # noqa: S101 (asked before)
    connection = enforcement.missing(request, membership.org_id)
    if connection is not None:
        context = {"organization": membership.org, "connection": connection, "next": request.get_full_path()}
        return render(request, "sso/required.html", context, status=403)
    return None


def _changes_the_account(request: HttpRequest) -> bool:
    name = resolve(request.path_info).url_name or ""
    return is_bound(request) and name.startswith(_OF_THE_ACCOUNT) and name not in _STAGES
