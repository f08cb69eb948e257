"""The rate that was reached in truth, of cases whose four weeks are over."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from billing.recovery.measure import Rate
from billing.recovery.models import RecoveryCase
from billing.recovery.schedule import WINDOW

COHORT = timedelta(days=90)
"""First failures of how long a time are counted."""
Ended = tuple[datetime, datetime | None]
"""When a payment failed first, and when it came in after all."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`rate` is of failures between `since` and `until`, which all had their four weeks; `running` of later ones.

    `by_day` is how many payments came in on which day after their first failure, of all of these.
    """

    rate: Rate
    running: Rate
    since: datetime
    until: datetime
    by_day: Sequence[tuple[str, int]]


def measured(cases: QuerySet[RecoveryCase], now: datetime) -> Measured:
    """Measure `cases`. What nobody owes any more is no failure; without the policy each would have stayed unpaid.

    The latter is an assumption, and makes the rate an upper bound: some customers would have paid by themselves.
    """
    until = now - WINDOW
    since = until - COHORT
    counted = cases.filter(failed_at__gte=since, failed_at__lt=now).exclude(state=RecoveryCase.State.CLOSED)
    rows = [
        (failed_at, closed_at if state == RecoveryCase.State.RECOVERED else None)
        for failed_at, closed_at, state in counted.values_list("failed_at", "closed_at", "state").iterator()
    ]
    return Measured(
        rate=_rate(row for row in rows if row[0] < until),
        running=_rate(row for row in rows if row[0] >= until),
        since=since,
        until=until,
        by_day=_by_day(rows),
    )


def _rate(rows: Iterable[Ended]) -> Rate:
    paid = [bool(paid_at and paid_at <= failed_at + WINDOW) for failed_at, paid_at in rows]
    return Rate(sum(paid), len(paid))


def _by_day(rows: Iterable[Ended]) -> list[tuple[str, int]]:
    days = Counter((paid_at - failed_at).days for failed_at, paid_at in rows if paid_at)
    return [(f"day {day}", days[day]) for day in range(WINDOW.days + 1)]
