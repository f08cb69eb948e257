"""What the frame of a page says of the session: a factor that is due, a role that waits for a passkey."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.assurance import confirm, requirement
from accounts.assurance.middleware import Standing
from tenants.models import Membership
from tenants.principal import Level


@dataclass(frozen=True, slots=True)
class Shown:
    """One line above a page: what it says, and the button that puts it right."""

    level: str
    title: str
    text: str
    url: str
    label: str
    due: datetime | None = None


def assurance(request: HttpRequest) -> dict[str, Any]:
    """Return the context of ``assurance/notice.html``; nothing where nothing is due."""
    standing: Standing | None = getattr(request, "standing", None)
    if standing is None or standing.membership is None or standing.proof.level is Level.AAL3:
        return {}
    of_role = _of_role(request, standing, standing.membership)
    said = of_role or _of_policy(standing, standing.membership)
    if said is None:
        return {}
    if request.resolver_match and str(request.resolver_match.url_name).startswith("mfa_"):
        # Here it is put right: these pages say so themselves, and the one with recovery codes must not be left.
        kind = "passkey_required" if of_role else "second_factor_required"
        ahead = said.due if said.due and said.due > timezone.now() else None
        return {kind: True, "required_by": ahead}
    return {"assurance_notice": said}


def _of_role(request: HttpRequest, standing: Standing, membership: Membership) -> Shown | None:
    """Return what somebody reads whose role opens to a passkey that this session has not used."""
    if not requirement.needs_passkey(membership):
        return None
    add = reverse("mfa_add_webauthn")
    if standing.proof.has_passkey:
        text = "This session was opened without it, so it may do what a viewer may."
        here = confirm.address(request.get_full_path())
        return Shown("info", f"Use your passkey to work as {membership.role}.", text, here, "Use my passkey")
    if standing.is_excused():
        text = "You may go on without it for now."
        due = standing.policy.excused_until
        return Shown("info", f"Your role of {membership.role} will need a passkey.", text, add, "Add a passkey", due)
    text = "Until you add one you may do what a viewer may. It takes half a minute."
    return Shown("warning", f"Your role of {membership.role} waits for a passkey.", text, add, "Add a passkey")


def _of_policy(standing: Standing, membership: Membership) -> Shown | None:
    if standing.proof.has_factor:
        return None
    due = requirement.deadline(standing.policy, membership)
    if due is None:
        return None
    text = "Add a passkey or an authenticator app."
    return Shown("warning", f"{membership.org} asks for a second factor.", text, reverse("mfa_index"), "Add one", due)
