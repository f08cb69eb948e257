"""What of its usage a plan's price has paid for already."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime

from audit.events import Event
from audit.models import AuditEvent
from billing.invoicing.models import BilledPeriod

INCLUDED_CENTS = {"team 1": 2_500, "business 1": 15_000, "enterprise 1": 60_000}
"""Cents of usage a month, by plan and version: a quarter of the price of Team, three tenths of the others'.

Other plans include none.
"""


def included_cents(period: BilledPeriod) -> int:
    """Return the cents of usage that are included in a period: for each month begun, at least for one.

    A month counts by the plan with which it began. Who upgrades in its last hour has not paid for more of it; and a
    smaller plan never begins within a period.
    """
    changes = [(period.starts_at, period.plan), *_upgrades(period)]
    return sum(INCLUDED_CENTS.get([plan for at, plan in changes if at <= begins][-1], 0) for begins in _months(period))


def _months(period: BilledPeriod) -> Iterator[datetime]:
    start, end = period.starts_at, period.ends_at
    months = (end.year - start.year) * 12 + end.month - start.month
    for number in range(max(1, months)):
        years, month = divmod(start.month - 1 + number, 12)
        year = start.year + years
        yield start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


def _upgrades(period: BilledPeriod) -> list[tuple[datetime, str]]:
    """Return when larger plans began in a period, and which, by the record."""
    acts = AuditEvent.objects.filter(event=Event.PLAN_UPGRADED, target=f"subscription/{period.subscription_id}")
    acts = acts.filter(created_at__range=(period.starts_at, period.ends_at)).order_by("created_at", "id")
    return [(act.created_at, act.detail["plan"]) for act in acts]
