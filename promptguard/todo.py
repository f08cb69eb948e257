"""What waits for a person on the start page: each with the page where it is done."""

from collections.abc import Iterator
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.risk.models import Alert
from promptguard.models import GuardPolicy
from tenants.access import PageRequest
from tenants.models import Membership
from tenants.permissions import Permission, Role
from tenants.policy import allows

_TOTP, _PASSKEY, _CODES = (
    kind.value for kind in (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES)
)


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do, why, and where."""

    icon: str
    label: str
    text: str
    url: str


def todo(request: PageRequest) -> list[Todo]:
    """Return what waits for the signed-in person, the most pressing first."""
    return [*_alerts(request), *_own_factors(request), *_policy(request), *_members(request)]


def _alerts(request: PageRequest) -> Iterator[Todo]:
    if not allows(request.principal, Permission.ALERTS_CHANGE):
        return
    waiting = Alert.objects.filter(state=Alert.State.OPEN).exclude(user_id=request.user.pk).count()
    if waiting:
        text = f"{waiting} {'sign-in looks' if waiting == 1 else 'sign-ins look'} wrong and nobody has decided."
        yield Todo("shield-alert", "Look at the alerts", text, f"{reverse('alerts_list')}?state=open")


def _own_factors(request: PageRequest) -> Iterator[Todo]:
    factors = Authenticator.objects.filter(user_id=request.user.pk)
    held = set(factors.exclude(type=_CODES, data__hashes__0__isnull=True).values_list("type", flat=True))
    if not held & {_TOTP, _PASSKEY}:
        yield Todo("shield-alert", "Add a passkey", "You sign in with a password alone.", reverse("mfa_index"))
    elif _CODES not in held:
        text = "For the day you lose your device."
        yield Todo("life-buoy", "Make recovery codes", text, reverse("mfa_index"))


def _policy(request: PageRequest) -> Iterator[Todo]:
    newest = GuardPolicy.objects.order_by("-version").first()
    if newest is not None and newest.activated_at is None and allows(request.principal, Permission.POLICY_CHANGE):
        text = f"Version {newest.version} is saved and not in force."
        yield Todo("sliders-horizontal", "Review the guard policy", text, reverse("policy_version", args=[newest.id]))


def _members(request: PageRequest) -> Iterator[Todo]:
    if not allows(request.principal, Permission.MEMBERS_CHANGE):
        return
    members = Membership.objects.filter(user__is_active=True)
    if members.count() > 1 and members.filter(role=Role.OWNER.value).count() == 1:
        text = "With one owner, a lost device locks everybody out of what only owners may do."
        yield Todo("users", "Make a second owner", text, reverse("members_list"))
    held = Authenticator.objects.filter(type__in=[_TOTP, _PASSKEY]).values("user_id")
    bare = members.exclude(user_id=request.user.pk).exclude(user_id__in=held).count()
    if bare:
        text = f"{bare} {'person signs' if bare == 1 else 'people sign'} in with a password alone."
        yield Todo("shield-alert", "Ask for second factors", text, reverse("members_list"))
