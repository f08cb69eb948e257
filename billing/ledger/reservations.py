"""Reserve → settle → release, each one statement in PostgreSQL (migration 0003). Money caps fail closed.

What a call may cost is held before it happens, in all its budgets or in none. The facts take the place of the estimate
when it is settled. What nobody settles the sweep ends: at the estimate if its decision is on disk, else at nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from billing.ledger.rules import Rule, applying
from billing.ledger.standing import Standing, standing_of
from tenants.postgresql.base import direct
from tenants.principal import Principal
from tenants.scope import Scope, current_org_id

OWN_SECONDS, MODEL_SECONDS = 120, 600
"""How long a hold lasts: for the guard itself, and for a model call, which may be topped up."""
_RESERVE = "SELECT ledger_reserve(%s, %s::jsonb, %s::jsonb)"
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
    """The holds of a call that fits, and how each of its budgets stands with them."""

    holds: tuple[Hold, ...]
    budgets: tuple[Standing, ...]


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


def reserve(principal: Principal, decision_id: str, rules: tuple[Rule, ...], items: Sequence[Item]) -> Admitted | None:
    """Hold what `items` are expected to cost, together or not at all; `None` where no budget applies to any.

    Raises `PriceUnknown` or `NoRoom`.
    """
    asked = [(item, budgets) for item in items if (budgets := applying(rules, principal, item.model))]
    if not asked:
        return None
    org_id = current_org_id()
    values = [org_id, _who(principal, decision_id), orjson.dumps([_asked(*one) for one in asked]).decode()]
    told = _read(direct.ask_as(Scope(org_id=org_id), _RESERVE, values))
    _refuse(told)
    holds = tuple(_hold(one) for one in told["held"])
    return Admitted(holds, tuple(standing_of(one) for one in told["budgets"]))


def settle_own(hold: Hold) -> Charged:
    """Charge what the guard itself cost. Its decision is on disk: after a crash here the sweep does it."""
    return _finish_directly(hold, "settled")


def release_all(holds: Sequence[Hold]) -> None:
    """Give holds back of which nothing comes; the tenant's scope must be open."""
    for hold in holds:
        _finish_directly(hold, "released")


def sweep(most: int) -> list[Charged]:
    """End up to `most` holds of the open tenant that are past their time, in the current transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, [current_org_id(), most])
        return [_charged(row[0]) for row in cursor.fetchall()]


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


def _who(principal: Principal, decision_id: str) -> str:
    return orjson.dumps(
        {
            "decision": decision_id,
            "kind": principal.kind.value,
            "id": principal.id,
            "person": str(principal.user_id) if principal.user_id else None,
            "role": principal.role.value if principal.role else "",
        }
    ).decode()


def _asked(item: Item, budgets: list[UUID]) -> dict[str, Any]:
    return {
        "model": item.model,
        "tokens_in": item.tokens_in,
        "most_out": item.most_out,
        "own": item.own,
        "seconds": OWN_SECONDS if item.own else MODEL_SECONDS,
        "budgets": budgets,
    }


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
