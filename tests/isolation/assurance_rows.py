"""The rows of assurance in an estate."""

from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.assurance import policy, recovery, reminders
from accounts.assurance.models import FactorReset, Reminder, SecurityPolicy
from tenants.models import Membership
from tenants.permissions import Permission

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def security_policy(estate: "Estate") -> SecurityPolicy:
    """A policy that asks for nothing, so that the estate's people go on as before."""
    return policy.change(estate.owner.may(Permission.SECURITY_CHANGE), policy.Wanted(grace_days=30))


def reset(estate: "Estate") -> FactorReset:
    membership = Membership.objects.get(user=estate.member.user)
    return recovery.reset(estate.owner.may(Permission.FACTORS_RESET), membership.id)


def reminder(estate: "Estate") -> Reminder:
    reminders.remind_all(estate.owner.may(Permission.SECURITY_READ))
    made, _ = Reminder.objects.get_or_create(user=estate.owner.user, defaults={"sent_at": timezone.now()})
    return made  # type: ignore[no-any-return]  # the stubs say Any
