"""Whether the books agree: what budgets say was used and is held, against the rows it is the sum of."""

from collections.abc import Iterator

from billing.ledger.models import Budget, Reservation, UsageEvent
from billing.ledger.used import total


def differences() -> Iterator[str]:
    """Yield a sentence for each difference in the open organisation's books; none where they agree.

    To be asked in a transaction that sees one moment (repeatable read).
    """
    for budget in Budget.objects.all():
        events = UsageEvent.objects.filter(budgets__contains=[budget.id], at__gte=budget.window_start)
        held = Reservation.objects.filter(budgets__contains=[budget.id], state=Reservation.State.HELD)
        used = budget.used - budget.carried
        for what, said, rows in (("used", used, events), ("reserved", budget.reserved, held)):
            found = total(rows, budget.unit)
            if said != found:
                yield f"Budget {budget.id} ({budget}) says {said} {what}; its rows add up to {found}."
    yield from _without_usage()


def _without_usage() -> Iterator[str]:
    """Yield what was charged without a usage event, and events of what was not."""
    charged = {Reservation.State.SETTLED, Reservation.State.EXPIRED}
    ended = dict(Reservation.objects.values_list("id", "state"))
    metered = set(UsageEvent.objects.values_list("reservation_id", flat=True))
    for hold_id, state in ended.items():
        if (state in charged) != (hold_id in metered):
            yield f"Reservation {hold_id} is {state} and has {'an' if hold_id in metered else 'no'} usage event."
