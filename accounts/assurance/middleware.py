"""What must have been proved before any page of an organisation opens, looked at on every request.

It comes after the tenant's middleware: what an organisation asks is a row of its own.
"""

import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.assurance import break_glass, confirm, policy, requirement, sessions
from accounts.assurance.models import SecurityPolicy
from accounts.factors import Proof
from accounts.models import StaffDuty, User
from tenants.access import ACCESS
from tenants.guard import Refused
from tenants.models import Membership
from tenants.principal import Duty, Level

ENROLMENT = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "account_reauthenticate",
        "account_logout",
        "organization_switch",
        "passkey_confirm",
        "after_enrolment",
        "sign_in_again",
        "security",
        "risk_hold",
    }
)
"""The pages that open to somebody whose second factor is missing or not shown: those where that is put right."""

SENSITIVE = frozenset(
    {
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_generate_recovery_codes",
        "account_email",
        "account_change_password",
        "account_set_password",
        "socialaccount_connections",
        "sso_link",
    }
)
"""The pages that change how somebody signs in: they ask for what the person has, and the password alone is not it."""


class Standing:
    """What the open organisation asks of the session; its policy is read when it is needed, once a request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def proof(self) -> Proof:
        proof: Proof = self._request.proof  # type: ignore[attr-defined]  # FactorMiddleware sets it
        return proof

    @cached_property
    def membership(self) -> Membership | None:
        found: Membership | None = getattr(self._request, "membership", None)
        return found

    @cached_property
    def policy(self) -> SecurityPolicy:
        return policy.current()

    @cached_property
    def duties(self) -> frozenset[Duty]:
        """What the person does as one of the company's own staff."""
        given = StaffDuty.objects.filter(user=cast(User, self._request.user)).values_list("duty", flat=True)
        return frozenset(Duty(duty) for duty in given)

    def is_excused(self) -> bool:
        """Tell whether the person may work in a role without the passkey it needs: they have none yet."""
        if self.membership is None or not requirement.needs_passkey(self.membership):
            return False
        return self.proof.level is not Level.AAL3 and not self.proof.has_passkey and self.policy.excuses

    def is_fresh(self) -> bool:
        """Tell whether the person confirmed just now that it is them, by the best they have to have."""
        return self.proof.is_fresh() or (self.is_excused() and self.proof.is_fresh(Level.AAL2))


class AssuranceMiddleware:
    """Sets what principals are made of, and turns away who has not proved enough."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:  # noqa: ANN401 (attributes are added)
        request.standing = standing = Standing(request)
        request.session_fresh, request.session_excused = standing.is_fresh, standing.is_excused
        request.operator_level = lambda: Level.AAL3 if break_glass.is_open(request) else request.proof.level
        request.duties = lambda: standing.duties
        request.confirm = lambda refusal: _confirm(request, refusal)
        return self.get_response(request)

    def process_view(
        self,
        request: Any,  # noqa: ANN401
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        if not request.user.is_authenticated or str(getattr(view, ACCESS, "")).startswith("public"):
            return None
        if request.standing.membership and _has_run_out(request):
            return _sign_in(request, "Your organisation ends sessions after a while. Sign in again.")
        if confirm.answered(request) is False:
            return confirm.refuse(request)
        name = request.resolver_match.url_name
        return _before_a_change(request, name) or _before_a_page(request, name)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Ask who has to prove themselves to do so, and then lead back to the page.

        allauth would keep the request in the session meanwhile, in clear: passwords that were typed, and the cookie.
        """
        if not isinstance(error, ReauthenticationRequired):
            return None
        ways = get_adapter().get_reauthentication_methods(request.user)
        where = ways[0]["url"] if ways else reverse("account_login")
        return _elsewhere(request, f"{where}?{urlencode({'next': request.get_full_path()})}")


def _confirm(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return confirm.confirm(request, refusal)


def _has_run_out(request: Any) -> bool:  # noqa: ANN401
    return sessions.has_run_out(request, request.standing.policy, request.proof)


def _before_a_change(request: Any, name: str) -> HttpResponse | None:  # noqa: ANN401
    """Ask who changes how they sign in for the factor they have; for their sign-in where that is all they have."""
    if name not in SENSITIVE:
        return None
    if request.proof.has_factor:
        return None if request.proof.is_fresh(Level.AAL2) else _prove(request)
    if get_reauthentication_flows(request.user) or request.proof.signed_in_recently:
        return None  # allauth asks for the password
    return redirect(f"{reverse('sign_in_again')}?{urlencode({'next': request.get_full_path()})}")


def _before_a_page(request: Any, name: str) -> HttpResponse | None:  # noqa: ANN401
    """Turn away who has no second factor though it is due, or has one that this session did not show."""
    standing: Standing = request.standing
    if standing.membership is None or name in ENROLMENT or standing.proof.level is not Level.AAL1:
        return None
    if standing.proof.has_factor:
        return _prove(request) if standing.policy.require_factor else None
    due = requirement.deadline(standing.policy, standing.membership)
    if due is None or due.timestamp() > time.time():
        return None
    return _elsewhere(request, reverse("mfa_index"))


def _prove(request: Any) -> HttpResponse:  # noqa: ANN401
    """Lead to the page that asks for the factor the person has."""
    back = request.get_full_path() if request.method == "GET" else "/"
    name = "mfa_reauthenticate_webauthn" if request.proof.has_passkey else "mfa_reauthenticate"
    return _elsewhere(request, f"{reverse(name)}?{urlencode({'next': back})}")


def _sign_in(request: HttpRequest, why: str) -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" else "/"
    logout(request)
    messages.warning(request, why)
    return redirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def _elsewhere(request: Any, url: str) -> HttpResponse:  # noqa: ANN401
    """Lead the whole window to `url`, also where a part of a page was asked for."""
    return HttpResponse(status=403, headers={"HX-Redirect": url}) if request.htmx else redirect(url)
