"""``POST /v1/reservations/{id}/settle | top_up | release``: what became of a model's call that was reserved for."""

from collections.abc import Callable
from uuid import UUID

from billing.ledger import settling
from billing.ledger.reservations import Charged, Hold, NoHold, NoRoom
from billing.ledger.settling import Ended
from promptguard.api.budgets import without_room
from promptguard.api.operations import Caller, operation
from promptguard.api.problems import NOT_FOUND, RESERVATION_ENDED, Answer, Problem
from promptguard.schemas import ReleaseRequest, ReservationAnswer, SettleRequest, TopUpRequest
from tenants.permissions import Permission

SETTLE = Permission.RESERVATIONS_SETTLE


@operation(
    "POST",
    "/v1/reservations/{id}/settle",
    SETTLE,
    summary="Charge what a model's call cost, in the place of what was reserved",
    body=SettleRequest,
    answer=ReservationAnswer,
    writes=True,
    keyed=True,
)
def settle_reservation(caller: Caller, body: SettleRequest) -> Answer:
    return _answered(
        caller, lambda hold_id: settling.settle(caller.granted(), hold_id, body.tokens_in, body.tokens_out)
    )


@operation(
    "POST",
    "/v1/reservations/{id}/top_up",
    SETTLE,
    summary="Reserve more for a model that goes on writing",
    body=TopUpRequest,
    answer=ReservationAnswer,
    writes=True,
    keyed=True,
)
def top_up_reservation(caller: Caller, body: TopUpRequest) -> Answer:
    return _answered(caller, lambda hold_id: settling.top_up(caller.granted(), hold_id, body.tokens_out))


@operation(
    "POST",
    "/v1/reservations/{id}/release",
    SETTLE,
    summary="Give a reservation back: the model was not called",
    body=ReleaseRequest,
    answer=ReservationAnswer,
    writes=True,
    keyed=True,
)
def release_reservation(caller: Caller, body: ReleaseRequest) -> Answer:
    return _answered(caller, lambda hold_id: settling.release(caller.granted(), hold_id))


def _answered(caller: Caller, act: Callable[[UUID], Charged | Hold]) -> Answer:
    try:
        done = act(_id(caller))
    except NoHold:
        raise Problem(NOT_FOUND, "There is no such reservation.") from None
    except Ended as error:
        detail = f"The reservation is {error.charged.hold.state} already, and not by a call like this one."
        raise Problem(RESERVATION_ENDED, detail) from None
    except NoRoom as error:
        raise without_room(error) from None
    return Answer(_shown(done).model_dump_json().encode(), status=201)


def _id(caller: Caller) -> UUID:
    try:
        return UUID(caller.path["id"])
    except ValueError:
        raise NoHold from None


def _shown(done: Charged | Hold) -> ReservationAnswer:
    hold = done.hold if isinstance(done, Charged) else done
    facts = done if isinstance(done, Charged) else hold
    return ReservationAnswer(
        id=hold.id,
        state=hold.state,  # type: ignore[arg-type]  # one of the states there are, as the database checks
        model=hold.model,
        nanos=facts.nanos,
        tokens_in=facts.tokens_in,
        tokens_out=facts.tokens_out,
        expires_at=hold.expires_at,
    )
