"""The cost guard's alarm: an organisation that spends in an hour more than three times what it usually does.

It tells; it stops nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import TruncHour
from django.utils import timezone

from accounts.notices import Notice, address_of, tell_treasurers
from audit.events import Event
from audit.models import AuditEvent
from audit.record import record_event
from billing.ledger.alerts import SYSTEM
from billing.ledger.models import Budget, UsageEvent
from billing.ledger.names import NANOS, in_words
from tenants.models import Organization

TIMES = 3
WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
HOURS_KNOWN = 24
"""Hours with use that are needed to know what is usual."""
LEAST = NANOS
"""Nanos in an hour below which nobody is told: one US dollar."""
QUIET_FOR = timedelta(hours=6)
"""Told once in this time."""


@dataclass(frozen=True, slots=True)
class Burn:
    """Nanos of the last hour, and of the median hour with use in the seven days before it."""

    hour: int
    usual: int


def burn(now: datetime | None = None) -> Burn | None:
    """Return what the open organisation spends where that is far more than usual; else `None`."""
    now = now or timezone.now()
    recent = UsageEvent.objects.filter(at__gt=now - HOUR, at__lte=now)
    hour = recent.aggregate(nanos=Sum("nanos"))["nanos"] or 0
    if hour < LEAST:
        return None
    before = UsageEvent.objects.filter(at__gt=now - HOUR - WEEK, at__lte=now - HOUR).order_by()
    hours = before.annotate(hour=TruncHour("at")).values("hour").annotate(nanos=Sum("nanos"))
    known = [int(row["nanos"]) for row in hours]
    if len(known) < HOURS_KNOWN or hour <= TIMES * median_low(known):
        return None
    return Burn(int(hour), median_low(known))


@transaction.atomic
def watch() -> bool:
    """Tell who looks after the open organisation's money, if it is time; returns whether it was."""
    found = burn()
    if found is None:
        return False
    organization = Organization.objects.select_for_update(no_key=True).get()  # so that two of us tell once
    told = AuditEvent.objects.filter(event=Event.BURN_HIGH.value, created_at__gt=timezone.now() - QUIET_FOR)
    if told.exists():
        return False
    record_event(Event.BURN_HIGH, SYSTEM, hour=found.hour, usual=found.usual)
    facts = {
        "organization": organization.name,
        "hour": in_words(found.hour, Budget.Unit.NANOS),
        "usual": in_words(found.usual, Budget.Unit.NANOS),
        "times": TIMES,
        "budgets_url": address_of("budgets_list"),
    }
    tell_treasurers(Notice.BURN_HIGH, facts)
    return True
