"""Budgets on the way of a call: what it may cost is held before its texts are looked at, or it is refused."""

from collections.abc import Iterable, Iterator

from audit.reasons import Reason
from audit.recorder import record_durably
from billing.ledger.alerts import tell_of
from billing.ledger.charging import Charge
from billing.ledger.models import Budget
from billing.ledger.names import duration, in_words, subject_of, used_in_words
from billing.ledger.prices import GUARD_MODEL
from billing.ledger.reservations import Item, NoRoom, PriceUnknown, reserve
from billing.ledger.rules import rules_of
from billing.ledger.standing import Standing
from billing.ledger.tokens import tokens_in
from promptguard.api import problems
from promptguard.api.effects import decision_row
from promptguard.api.operations import Caller, match
from promptguard.api.problems import Problem
from promptguard.call import Call
from promptguard.schemas import GuardDecision, ReservationMade

MOST_TOKENS_OUT = 4_096
"""What a model is taken to write at most where its caller does not say."""
_BUDGETS = "budgets-1"
"""The version of the rules that are code, as decisions name it."""


def charged(
    caller: Caller, call: Call, texts: Iterable[str], model: str | None = None, max_tokens: int | None = None
) -> Charge:
    """Hold what the guard call costs, and what the call of `model` may.

    Raises the `Problem` that says which budget has no room, or what is wrong with the model.
    """
    rules = rules_of(call.org_id, caller.credential.stamps[0])
    read = tokens_in(texts)
    items = [Item(GUARD_MODEL, read, own=True)]
    if model is not None:
        if not rules.allow(model):
            raise _not_in_plan(caller, model)
        items.append(Item(model, read, max_tokens or MOST_TOKENS_OUT))
    try:
        return Charge(reserve(call.principal, call.decision_id, rules.budgets, items))
    except PriceUnknown as error:
        raise _unpriced(caller, error) from None
    except NoRoom as error:
        tell_of([error.untold] if error.untold else [])
        raise without_room(error, _refused(caller, _reason(error))) from None


def show(charge: Charge, decision: GuardDecision) -> None:
    """Put into the answer what it cost and what is held for the model. A text that is blocked goes to none."""
    charge.stopped = decision.action == "block" and decision.mode == "enforce"
    decision.usage.nanos = charge.own_nanos
    if (hold := charge.for_model) is not None:
        made = {name: getattr(hold, name) for name in ReservationMade.model_fields}
        decision.usage.reservation = ReservationMade(**made)


def budget_headers(one: Standing | None) -> dict[str, str]:
    """Return what is left of a budget, the tightest one; nothing where none applies."""
    if one is None:
        return {}
    headers = {"scope": one.level, "unit": one.unit, "limit": one.bound, "remaining": one.remaining}
    if one.resets is not None:
        headers["reset"] = one.resets
    return {f"x-budget-{name}": str(value) for name, value in headers.items()}


def without_room(error: NoRoom, decision_id: str = "") -> Problem:
    """Return the answer to a call that does not fit: which budget, how it stands, and whether waiting helps."""
    budget = error.budget
    headers = budget_headers(budget) | ({"x-policy-version": _BUDGETS} if decision_id else {})
    if not error.spent:
        headers["Retry-After"] = str(error.wait)
    further = {"budget": _told(budget, error.fits)}
    detail = " ".join(sentences_of(error))
    return Problem(_kind(error), detail, (_reason(error),), decision_id=decision_id, headers=headers, further=further)


def _kind(error: NoRoom) -> problems.Kind:
    if not error.spent:
        return problems.BUDGET_HELD
    return problems.QUOTA_SPENT if _is_of_plan(error) else problems.BUDGET_SPENT


def _reason(error: NoRoom) -> Reason:
    if not error.spent:
        return Reason.BUDGET_HELD
    return Reason.PLAN_SPENT if _is_of_plan(error) else Reason.BUDGET_SPENT


def _is_of_plan(error: NoRoom) -> bool:
    return error.budget.source == Budget.Source.PLAN


def sentences_of(error: NoRoom) -> Iterator[str]:
    """Yield what is said of a call that does not fit."""
    budget = error.budget
    used = used_in_words(budget.used, budget.bound, budget.unit)
    what = f"budget of {subject_of(budget.scope, budget.scope_id)}"
    yield f"The {'quota of your plan' if _is_of_plan(error) else what} has no room: {used} used,"
    yield f"{in_words(budget.reserved, budget.unit)} held."
    if budget.resets is not None:
        yield f"It begins anew in {duration(budget.resets)}."
    if error.fits:
        yield f"With max_tokens of at most {error.fits} the call would fit."


def _told(budget: Standing, fits: int | None) -> dict[str, str | int | None]:
    return {
        "id": str(budget.id),
        "level": budget.level,
        "scope": budget.scope,
        "scope_id": budget.scope_id,
        "unit": budget.unit,
        "period": budget.period,
        "limit": budget.bound,
        "spent": budget.used,
        "reserved": budget.reserved,
        "remaining": budget.remaining,
        "resets_in": budget.resets,
        "max_tokens_that_fit": fits,
    }


def _unpriced(caller: Caller, error: PriceUnknown) -> Problem:
    detail = f"The model {error.model!r} has no price. Set one, or name another model."
    return _wrong_model(caller, problems.PRICE_UNKNOWN, Reason.PRICE_UNKNOWN, detail)


def _not_in_plan(caller: Caller, model: str) -> Problem:
    detail = f"Your plan does not hold the model {model!r}. Name another one, or change the plan."
    return _wrong_model(caller, problems.MODEL_NOT_IN_PLAN, Reason.MODEL_NOT_IN_PLAN, detail)


def _wrong_model(caller: Caller, kind: problems.Kind, reason: Reason, detail: str) -> Problem:
    pointers = [{"pointer": "#/model", "detail": reason.sentence}]
    headers = {"x-policy-version": _BUDGETS}
    return Problem(kind, detail, (reason,), pointers, decision_id=_refused(caller, reason), headers=headers)


def _refused(caller: Caller, reason: Reason) -> str:
    """Record that the call was refused; returns the decision's id."""
    operations, _ = match(caller.request.path_info)
    row = decision_row(caller.credential, operations["POST"], "deny", (reason,), _BUDGETS, caller.request_id)
    return record_durably(row)
