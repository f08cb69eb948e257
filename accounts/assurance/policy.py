"""The security policy of the open organisation: what it says, and how it is changed."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.assurance.models import SecurityPolicy
from audit.events import Event
from audit.record import record_event
from tenants.guard import Grant
from tenants.models import Organization
from tenants.permissions import Permission

LONGEST_GRACE = 60
LONGEST_EXCUSE = timedelta(days=90)
IDLE_MINUTES = (5, 60 * 24 * 7)
LIFETIME_HOURS = (1, 24 * 30)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a security policy should say; days, minutes and hours, `None` for the installation's own bounds."""

    require_factor: bool = False
    grace_days: int = 7
    excused_until: datetime | None = None
    idle_minutes: int | None = None
    lifetime_hours: int | None = None


def current() -> SecurityPolicy:
    """Return the open organisation's policy; one that asks nothing where none was written."""
    policy: SecurityPolicy | None = SecurityPolicy.objects.first()
    return policy or SecurityPolicy()


@transaction.atomic
def change(grant: Grant, wanted: Wanted) -> SecurityPolicy:
    """Write the policy; raises `ValidationError` by field. Switching the requirement on starts everybody's grace."""
    grant.must_be(Permission.SECURITY_CHANGE)
    _check(wanted)
    organization = Organization.objects.select_for_update().get()
    policy = current()
    former = policy.require_factor
    for name, value in asdict(wanted).items():
        setattr(policy, name, value)
    if wanted.require_factor and not former:
        policy.required_since = timezone.now()
    policy.save()
    record_event(
        Event.SECURITY_CHANGED,
        grant.actor(),
        str(organization.id),
        organization.name,
        decision_id=grant.decision_id,
        require_factor=wanted.require_factor,
        grace_days=wanted.grace_days,
        excused_until=wanted.excused_until.isoformat() if wanted.excused_until else None,
        idle_minutes=wanted.idle_minutes,
        lifetime_hours=wanted.lifetime_hours,
    )
    return policy


def _check(wanted: Wanted) -> None:
    if not 0 <= wanted.grace_days <= LONGEST_GRACE:
        raise ValidationError({"grace_days": f"Give 0 to {LONGEST_GRACE} days."})
    if wanted.excused_until and wanted.excused_until > timezone.now() + LONGEST_EXCUSE:
        raise ValidationError({"excused_until": f"Give a day within {LONGEST_EXCUSE.days} days."})
    for name, bounds in (("idle_minutes", IDLE_MINUTES), ("lifetime_hours", LIFETIME_HOURS)):
        value = getattr(wanted, name)
        if value is not None and not bounds[0] <= value <= bounds[1]:
            raise ValidationError({name: f"Give {bounds[0]} to {bounds[1]}, or nothing."})
