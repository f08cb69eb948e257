"""Reminds members of a second factor that is due: at a colleague's word, and daily in the last three days."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.assurance import policy, requirement
from accounts.assurance.models import Reminder
from accounts.assurance.requirement import Missing
from accounts.notices import Notice, address_of, tell
from audit.events import Event
from audit.record import record_event
from tenants.guard import Grant
from tenants.models import Organization
from tenants.permissions import Permission

NEAR = timedelta(days=3)
AT_MOST_EVERY = timedelta(hours=20)


@transaction.atomic
def remind_all(grant: Grant) -> int:
    """Remind everybody who misses a factor and was not reminded today; returns how many."""
    grant.must_be(Permission.SECURITY_READ)
    reminded = _remind(requirement.missing(policy.current()))
    if reminded:
        organization = Organization.objects.get()
        record_event(
            Event.FACTOR_REMINDED, grant.actor(), str(organization.id), f"{reminded} members", grant.decision_id
        )
    return reminded


@transaction.atomic
def remind_those_due() -> int:
    """Remind the members of the open organisation whose factor is due within three days; returns how many."""
    current = policy.current()
    if current.pk is None or not current.require_factor:
        return 0
    now = timezone.now()
    due = [each for each in requirement.missing(current) if each.due is not None and now < each.due <= now + NEAR]
    current.swept_at = now
    current.save(update_fields=["swept_at"])
    return _remind(due)


def _remind(people: Iterable[Missing]) -> int:
    now = timezone.now()
    recent = Reminder.objects.filter(sent_at__gt=now - AT_MOST_EVERY)
    recently = set(recent.values_list("user_id", flat=True))
    organization = Organization.objects.get()
    reminded = 0
    for each in people:
        user = each.membership.user
        if user.pk in recently:
            continue
        facts = {
            "organization": organization.name,
            "factor": each.factor,
            "role": each.membership.role,
            "due_at": each.due,
            "url": address_of("mfa_index"),
            "support": settings.SUPPORT_EMAIL,
        }
        tell(Notice.FACTOR_DUE, user, facts)
        Reminder.objects.update_or_create(user=user, defaults={"sent_at": now})
        reminded += 1
    return reminded
