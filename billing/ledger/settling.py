"""What a caller does with its own reservations: settle, top up, release. Another's are unknown to it."""

from uuid import UUID

from audit.events import Event
from audit.record import record_event
from billing.ledger import reservations
from billing.ledger.alerts import tell_of
from billing.ledger.models import Reservation
from billing.ledger.reservations import Charged, Hold, NoHold
from tenants.guard import Grant
from tenants.permissions import Permission


class Ended(Exception):
    """The reservation has ended in another way: it was `charged` so."""

    def __init__(self, charged: Charged) -> None:
        super().__init__(f"The reservation is {charged.hold.state}.")
        self.charged = charged


def settle(grant: Grant, hold_id: UUID, tokens_in: int, tokens_out: int) -> Charged:
    """Put the facts in the place of the estimate. Said again, it is answered again; raises `NoHold` or `Ended`."""
    _check(grant, hold_id)
    charged = reservations.finish(hold_id, Reservation.State.SETTLED, tokens_in, tokens_out)
    if charged.first:
        _record_overrun(grant, charged)
        tell_of(charged.untold)
    elif (charged.hold.state, charged.tokens_in, charged.tokens_out) != ("settled", tokens_in, tokens_out):
        raise Ended(charged)
    return charged


def release(grant: Grant, hold_id: UUID) -> Charged:
    """Give a hold back: the model was not called. Raises `NoHold` or `Ended`."""
    _check(grant, hold_id)
    charged = reservations.finish(hold_id, Reservation.State.RELEASED)
    if charged.hold.state != Reservation.State.RELEASED:
        raise Ended(charged)
    return charged


def top_up(grant: Grant, hold_id: UUID, more_out: int) -> Hold:
    """Hold more for a stream that goes on, and for longer. Raises `NoHold`, `Ended`, or `NoRoom`."""
    _check(grant, hold_id)
    hold, open_ = reservations.top_up(hold_id, more_out)
    if not open_:
        raise Ended(Charged(hold, first=False))
    return hold


def _check(grant: Grant, hold_id: UUID) -> None:
    grant.must_be(Permission.RESERVATIONS_SETTLE)
    mine = Reservation.objects.filter(id=hold_id, own=False, principal_id=grant.principal.id)
    if not mine.exists():
        raise NoHold


def _record_overrun(grant: Grant, charged: Charged) -> None:
    for budget_id, excess in charged.excess:
        record_event(
            Event.BUDGET_OVERRUN,
            grant.actor(),
            f"budget/{budget_id}",
            decision_id=grant.decision_id,
            reservation=str(charged.hold.id),
            held=charged.hold.nanos,
            cost=charged.nanos,
            beyond=excess,
        )
