"""Reserve → settle → release, each one statement in PostgreSQL (migrations 0003 and 0006). Money caps fail closed.

What a call may cost is held before it happens, in all its budgets or in none. The facts take the place of the estimate
when it is settled. What nobody settles the sweep ends: at the estimate if its decision is on disk, else at nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models.functions import Now

from billing.ledger.models import Reservation
from billing.ledger.rules import Rule, applying
from billing.ledger.standing import Standing, standing_of
from tenants.postgresql.base import direct
from tenants.principal import Principal
from tenants.scope import Scope, current_org_id

OWN_SECONDS, MODEL_SECONDS = 120, 600
"""How long a hold lasts: for the guard itself, and for a model call, which may be topped up."""
_HOLD = r"""
SELECT * FROM ledger_hold(%s::text, %s::uuid, %s::text, %s::text, %s::text, %s::uuid, %s::text,
    string_to_array(%s, E'\n'), %s::text::bigint[], %s::text::bigint[], %s::text::boolean[], %s::text::float8[],
    %s::text::int[], %s::text::uuid[])
"""
_SETTLE = "SELECT ledger_settle(%s::text, %s::uuid, %s::uuid[])"
_FINISH = "SELECT set_config('synchronous_commit', %s, true), ledger_finish(%s, %s, %s, %s, %s)"
_SWEEP = "SELECT ledger_sweep(%s, %s)"
_TOP_UP = "SELECT ledger_top_up(%s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Item:
    """One call of a model that is about to happen; `own` for the guard's own, which costs what is foreseen."""

    model: str
    tokens_in: int
    most_out: int = 0
    own: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held for one call: the estimate; `tokens_out` is what the model is expected to write."""

    id: UUID
    model: str
    own: bool
    tokens_in: int
    tokens_out: int
    nanos: int
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """The holds of a call that fits, and how the tightest of its budgets stands with them, where it has any."""

    holds: tuple[Hold, ...]
    tightest: Standing | None


@dataclass(frozen=True, slots=True)
class Reached:
    """That a budget reached a share of its cap, in per cent, in the period that began then."""

    budget_id: UUID
    share: int
    window_start: datetime


@dataclass(frozen=True, slots=True)
class Charged:
    """How a hold ended. `first` is false where it had ended before.

    `untold` is what nobody has heard of yet, `excess` how far budgets are beyond their bounds.
    """

    hold: Hold
    first: bool
    nanos: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    untold: tuple[Reached, ...] = ()
    excess: tuple[tuple[UUID, int], ...] = ()


class Refused(Exception):
    """The call must not happen."""


class PriceUnknown(Refused):
    """A budget applies to a model that has no price."""

    def __init__(self, model: str) -> None:
        super().__init__(f"The model {model!r} has no price.")
        self.model = model


class NoRoom(Refused):
    """A budget has no room. `spent`: also not when everything held comes back; else it may have in `wait` seconds.

    `fits` is the largest max_tokens with which the call would fit now, if any.
    """

    def __init__(self, budget: Standing, spent: bool, fits: int | None, wait: int, untold: Reached | None) -> None:
        super().__init__(f"The budget of {budget.level} has no room.")
        self.budget, self.spent, self.fits, self.wait, self.untold = budget, spent, fits, wait, untold


class NoHold(Exception):
    """There is no such reservation."""


def reserve(principal: Principal, decision_id: str, rules: tuple[Rule, ...], items: Sequence[Item]) -> Admitted:
    """Hold what `items` are expected to cost in all their budgets, together or not at all.

    Raises `PriceUnknown` or `NoRoom`.
    """
    org_id = current_org_id()
    pairs = [
        (place, budget) for place, item in enumerate(items, 1) for budget in applying(rules, principal, item.model)
    ]
    values = [
        org_id,
        decision_id,
        principal.kind.value,
        principal.id,
        principal.user_id,
        principal.role.value if principal.role else "",
        "\n".join(item.model for item in items),
        _array(item.tokens_in for item in items),
        _array(item.most_out for item in items),
        _array(item.own for item in items),
        _array(OWN_SECONDS if item.own else MODEL_SECONDS for item in items),
        _array(place for place, _ in pairs),
        _array(budget for _, budget in pairs),
    ]
    refused, *held, tightest = direct.call_as(Scope(org_id=org_id), _HOLD, values)
    if refused is not None:
        _refuse(refused)
    holds = [
        Hold(hold_id, item.model, item.own, item.tokens_in, written, nanos, ends, "held")
        for item, hold_id, nanos, written, ends in zip(items, *held, strict=True)
    ]
    return Admitted(tuple(holds), standing_of(tightest) if tightest else None)


def settle_own(hold_ids: Sequence[UUID]) -> tuple[Reached, ...]:
    """Charge what the guard itself cost in the open tenant's calls whose decisions are on disk; returns what is untold.

    After a crash before this the sweep does it.
    """
    org_id = current_org_id()
    [told] = direct.call_as(Scope(org_id=org_id), _SETTLE, [org_id, list(hold_ids)])
    return tuple(one for told_of in told or () if (one := _reached(told_of)))


def release_all(holds: Sequence[Hold]) -> None:
    """Give holds back of which nothing comes; the tenant's scope must be open."""
    for hold in holds:
        _finish_directly(hold, "released")


def sweep(most: int) -> list[Charged]:
    """End up to `most` holds of the open tenant that are past their time, in the current transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, [current_org_id(), most])
        return [_charged(row[0]) for row in cursor.fetchall()]


def end_all() -> int:
    """Let the time of all that the open organisation holds be over, so that the sweep ends it; returns how many."""
    open_ = Reservation.objects.filter(state=Reservation.State.HELD, expires_at__gt=Now())
    return open_.update(expires_at=Now())


def finish(hold_id: UUID, how: str, tokens_in: int = 0, tokens_out: int = 0) -> Charged:
    """End a hold in the current transaction, which reaches the disk; raises `NoHold`."""
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, ["on", current_org_id(), hold_id, how, tokens_in, tokens_out])
        return _charged(cursor.fetchone()[1])


def top_up(hold_id: UUID, more_out: int) -> tuple[Hold, bool]:
    """Hold `more_out` tokens more, and for longer; returns whether it was still open. Raises `NoHold` or `NoRoom`."""
    with connection.cursor() as cursor:
        cursor.execute(_TOP_UP, [current_org_id(), hold_id, more_out, MODEL_SECONDS])
        told = _read(cursor.fetchone())
    if told is None:
        raise NoHold
    _refuse(told)
    return _hold(told["reservation"]), told["first"]


def _finish_directly(hold: Hold, how: str) -> Charged:
    org_id = current_org_id()
    values = ["off", org_id, hold.id, how, hold.tokens_in, hold.tokens_out]
    row = direct.ask_as(Scope(org_id=org_id), _FINISH, values)
    return _charged(row[1] if row else None)


def _array(values: Iterable[int | UUID]) -> str:
    """Return what PostgreSQL reads as an array: psycopg takes ten times as long to find out of what."""
    return f"{{{','.join(map(str, values))}}}"


def _refuse(told: dict[str, Any]) -> None:
    match told.get("refused"):
        case "price":
            raise PriceUnknown(told["model"])
        case "budget":
            wait = max(1, told["soonest"] or 1)
            raise NoRoom(standing_of(told["budget"]), told["spent"], told["fits"], wait, _reached(told["untold"]))


def _read(row: tuple[Any, ...] | None) -> Any:  # noqa: ANN401 (JSON)
    return orjson.loads(row[0]) if row and row[0] is not None else None


def _charged(answer: str | None) -> Charged:
    if answer is None:
        raise NoHold
    told = orjson.loads(answer)
    usage = told["usage"] or {}
    facts = {name: usage.get(name, 0) for name in ("nanos", "tokens_in", "tokens_out")}
    untold = tuple(one for told_of in told.get("untold") or () if (one := _reached(told_of)))
    excess = tuple((UUID(budget), beyond) for budget, beyond in (told.get("excess") or {}).items())
    return Charged(_hold(told["reservation"]), told["first"], **facts, untold=untold, excess=excess)


def _reached(told: dict[str, Any] | None) -> Reached | None:
    if told is None:
        return None
    return Reached(UUID(told["budget_id"]), told["share"], datetime.fromisoformat(told["window_start"]))


def _hold(told: dict[str, Any]) -> Hold:
    return Hold(
        id=UUID(told["id"]),
        model=told["model"],
        own=told["own"],
        tokens_in=told["tokens_in"],
        tokens_out=told["tokens_out"],
        nanos=told["nanos"],
        expires_at=datetime.fromisoformat(told["expires_at"]),
        state=told["state"],
    )
