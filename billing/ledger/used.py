"""Sums of what was metered, in the unit of a budget."""

from datetime import datetime

from django.db.models import QuerySet, Sum

from billing.ledger.models import Budget, Reservation, UsageEvent

_METERED = {Budget.Unit.NANOS: ("nanos",), Budget.Unit.TOKENS: ("tokens_in", "tokens_out"), Budget.Unit.REQUESTS: ()}


def total(rows: "QuerySet[UsageEvent] | QuerySet[Reservation]", unit: str) -> int:
    """Return what `rows` add up to in nanos, tokens or requests."""
    columns = _METERED[Budget.Unit(unit)]
    if not columns:
        return rows.count()
    sums = rows.aggregate(**{column: Sum(column) for column in columns})
    return sum(int(value or 0) for value in sums.values())


def used_since(since: datetime, unit: str) -> int:
    """Return what the open organisation used since then."""
    return total(UsageEvent.objects.filter(at__gte=since), unit)
