"""Whether the books agree: what budgets say was used and is held, against the rows it is the sum of."""

from collections.abc import Iterator

from django.db.models import QuerySet, Sum

from billing.ledger.models import Budget, Reservation, UsageEvent

_METERED = {Budget.Unit.NANOS: ("nanos",), Budget.Unit.TOKENS: ("tokens_in", "tokens_out"), Budget.Unit.REQUESTS: ()}


def differences() -> Iterator[str]:
    """Yield a sentence for each difference in the open organisation's books; none where they agree.

    To be asked in a transaction that sees one moment (repeatable read).
    """
    for budget in Budget.objects.all():
        events = UsageEvent.objects.filter(budgets__contains=[budget.id], at__gte=budget.window_start)
        held = Reservation.objects.filter(budgets__contains=[budget.id], state=Reservation.State.HELD)
        for what, said, rows in (("used", budget.used, events), ("reserved", budget.reserved, held)):
            found = _sum(rows, budget.unit)
            if said != found:
                yield f"Budget {budget.id} ({budget}) says {said} {what}; its rows add up to {found}."
    yield from _without_usage()


def _sum(rows: "QuerySet[UsageEvent] | QuerySet[Reservation]", unit: str) -> int:
    columns = _METERED[Budget.Unit(unit)]
    if not columns:
        return rows.count()
    sums = rows.aggregate(**{column: Sum(column) for column in columns})
    return sum(int(value or 0) for value in sums.values())


def _without_usage() -> Iterator[str]:
    """Yield what was charged without a usage event, and events of what was not."""
    charged = {Reservation.State.SETTLED, Reservation.State.EXPIRED}
    ended = dict(Reservation.objects.values_list("id", "state"))
    metered = set(UsageEvent.objects.values_list("reservation_id", flat=True))
    for hold_id, state in ended.items():
        if (state in charged) != (hold_id in metered):
            yield f"Reservation {hold_id} is {state} and has {'an' if hold_id in metered else 'no'} usage event."
