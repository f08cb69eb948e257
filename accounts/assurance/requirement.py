"""Who of an organisation misses which factor, and until when they may."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.utils import timezone

from accounts.assurance.models import FactorReset, SecurityPolicy
from tenants.models import Membership
from tenants.permissions import PASSKEY_ROLES, Role

MOST_LISTED = 500
_FACTORS = (Authenticator.Type.WEBAUTHN.value, Authenticator.Type.TOTP.value)


@dataclass(frozen=True, slots=True)
class Missing:
    """A member who misses a factor. `factor` is the one that would do; `due` is when the pages close, `None`: never."""

    membership: Membership
    factor: str
    due: datetime | None

    @property
    def is_late(self) -> bool:
        return self.due is not None and self.due <= timezone.now()


def needs_passkey(membership: Membership) -> bool:
    """Tell whether the member's role opens to passkeys only."""
    return Role(membership.role) in PASSKEY_ROLES


def deadline(policy: SecurityPolicy, membership: Membership) -> datetime | None:
    """Return until when a member without any factor may go on; `None`: nobody asks for one."""
    due = policy.deadline(membership.created_at)
    reset: FactorReset | None = FactorReset.objects.filter(user_id=membership.user_id).first()
    if reset is None:
        return due
    return reset.until if due is None else max(due, reset.until)


def missing(policy: SecurityPolicy) -> list[Missing]:
    """Return the members who miss a factor that their role or the organisation asks for, the first due first."""
    found = list(_missing(policy))
    return sorted(found, key=lambda each: (each.due is None, each.due or timezone.now(), str(each.membership.user)))


def _missing(policy: SecurityPolicy) -> Iterable[Missing]:
    members = Membership.objects.select_related("user").filter(user__is_active=True).order_by("created_at", "id")
    rows: list[Membership] = list(members[:MOST_LISTED])
    held: dict[object, set[str]] = {}
    kinds = Authenticator.objects.filter(user_id__in=[row.user_id for row in rows], type__in=_FACTORS)
    for user_id, kind in kinds.values_list("user_id", "type"):
        held.setdefault(user_id, set()).add(kind)
    for row in rows:
        factors = held.get(row.user_id, set())
        if needs_passkey(row) and _FACTORS[0] not in factors:
            yield Missing(row, "passkey", policy.excused_until if policy.excuses else row.created_at)
        elif not factors and policy.require_factor:
            yield Missing(row, "second factor", deadline(policy, row))
