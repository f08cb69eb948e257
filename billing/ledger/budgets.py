"""Budgets are made, changed, raised for a time and closed. Making one only narrows; the rest asks for a passkey."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ApiKey
from accounts.workloads.models import ServiceIdentity
from audit.events import Event
from audit.record import record_event
from billing.ledger.models import LARGEST_AMOUNT, LARGEST_GRACE, Budget, TemporaryRaise
from billing.ledger.names import label_of
from tenants.guard import Grant
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role

MOST_BUDGETS = 500
"""Open budgets of an organisation."""
LONGEST_RAISE = timedelta(days=92)
SHARES = (50, 80, 100)
"""Per cent of a cap that are told, as ``ledger_untold`` has them."""


@dataclass(frozen=True, slots=True)
class BudgetRequest:
    """A budget that somebody wants; `cap` in nanos, requests or tokens, `grace` in per cent."""

    scope_kind: str
    scope_id: str
    unit: str
    period: str
    cap: int
    grace: int = 0


@transaction.atomic
def create(grant: Grant, wanted: BudgetRequest) -> Budget:
    """Make a budget; it counts from now on. Raises `ValidationError` by the field at fault."""
    grant.must_be(Permission.BUDGETS_CHANGE)
    Organization.objects.select_for_update(no_key=True).get()  # so that the count below is one
    if Budget.objects.filter(source=Budget.Source.TENANT, closed_at=None).count() >= MOST_BUDGETS:
        raise ValidationError(f"An organisation may have {MOST_BUDGETS} budgets.")
    _check_scope(wanted.scope_kind, wanted.scope_id)
    _check_amounts(wanted.cap, wanted.grace)
    budget = Budget(
        scope_kind=wanted.scope_kind,
        scope_id=wanted.scope_id,
        unit=wanted.unit,
        period=wanted.period,
        cap=wanted.cap,
        grace=wanted.grace,
        window_start=window_start(wanted.period, timezone.now()),
    )
    budget.clean_fields()
    try:
        with transaction.atomic():
            budget.save(force_insert=True)
    except IntegrityError:
        raise ValidationError({"period": "There is such a budget already: change that one."}) from None
    _record(Event.BUDGET_CREATED, grant, budget, cap=budget.cap, grace=budget.grace)
    return budget


@transaction.atomic
def change(grant: Grant, budget_id: uuid.UUID, cap: int, grace: int) -> Budget:
    """Set cap and grace; below what is used, nothing is admitted any more. Raises `ValidationError`."""
    grant.must_be(Permission.BUDGETS_RAISE)
    _check_amounts(cap, grace)
    budget = _open(budget_id)
    before = budget.cap
    budget.cap, budget.grace = cap, grace
    save_amounts(budget, "cap", "grace")
    _record(Event.BUDGET_CHANGED, grant, budget, before=before, cap=cap, grace=grace)
    return budget


@transaction.atomic
def raise_until(grant: Grant, budget_id: uuid.UUID, amount: int, until: datetime, reason: str) -> Budget:
    """Let a budget go `amount` further until a time, in the place of any raise before. Raises `ValidationError`."""
    grant.must_be(Permission.BUDGETS_RAISE)
    now = timezone.now()
    if not 1 <= amount <= LARGEST_AMOUNT:
        raise ValidationError({"amount": f"Say how much further: 1 to {LARGEST_AMOUNT:,}."})
    if not now < until <= now + LONGEST_RAISE:
        raise ValidationError({"until": f"Say a time in the next {LONGEST_RAISE.days} days."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why."})
    budget = _open(budget_id)
    made = TemporaryRaise(
        budget=budget, amount=amount, until=until, reason=reason.strip(), author=grant.principal.label[:120]
    )
    made.clean_fields(exclude={"budget"})
    made.save(force_insert=True)
    budget.raised, budget.raised_until = amount, until
    save_amounts(budget, "raised", "raised_until")
    _record(Event.BUDGET_RAISED, grant, budget, amount=amount, until=until.isoformat(), reason=made.reason)
    return budget


@transaction.atomic
def close(grant: Grant, budget_id: uuid.UUID) -> Budget:
    """End a budget: it bounds nothing any more. What it counted is kept."""
    grant.must_be(Permission.BUDGETS_RAISE)
    budget = _open(budget_id)
    budget.closed_at = timezone.now()
    budget.save(update_fields=["closed_at"])
    _record(Event.BUDGET_CLOSED, grant, budget, used=budget.used)
    return budget


def window_start(period: str, at: datetime) -> datetime:
    """Return when the period that `at` lies in began, as ``ledger_window`` has it; a total one begins at `at`."""
    match period:
        case Budget.Period.DAY:
            return at.replace(hour=0, minute=0, second=0, microsecond=0)
        case Budget.Period.MONTH:
            return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        case _:
            return at


def _open(budget_id: uuid.UUID) -> Budget:
    """Return the tenant's open budget, locked against every call that counts; raises `Budget.DoesNotExist`.

    What the plan bounds is no tenant's to change.
    """
    rows = Budget.objects.select_for_update(no_key=True).filter(source=Budget.Source.TENANT, closed_at=None)
    budget: Budget = rows.get(id=budget_id)
    return budget


def save_amounts(budget: Budget, *fields: str) -> None:
    """Write `fields` of a locked budget; what then stands beyond its bound is excess, and admits nothing.

    Shares of what it now lets pass that are not reached any more are told again when they are.
    """
    bound = budget.bound_at(timezone.now())
    budget.excess = max(0, budget.used + budget.reserved - bound - budget.cap * budget.grace // 100)
    told = (share for share in SHARES if share <= budget.alerted and budget.used * 100 >= bound * share)
    budget.alerted = max(told, default=0)
    budget.save(update_fields=[*fields, "excess", "alerted"])


def _check_amounts(cap: int, grace: int) -> None:
    if not 1 <= cap <= LARGEST_AMOUNT:
        raise ValidationError({"cap": f"The cap is 1 to {LARGEST_AMOUNT:,}."})
    if not 0 <= grace <= LARGEST_GRACE:
        raise ValidationError({"grace": f"The grace is 0 to {LARGEST_GRACE} per cent."})


def _check_scope(kind: str, scope_id: str) -> None:
    """Raise `ValidationError` unless the open organisation has what is to be bounded."""
    match kind:
        case Budget.Scope.ORGANIZATION:
            known = scope_id == ""
        case Budget.Scope.ROLE:
            known = scope_id in set(Role)
        case Budget.Scope.MODEL:
            known = bool(scope_id.strip()) and "\0" not in scope_id
        case Budget.Scope.KEY:
            found = _id(scope_id)
            known = any(rows.filter(id=found).exists() for rows in (ApiKey.objects, ServiceIdentity.objects))
        case Budget.Scope.PERSON:
            known = Membership.objects.filter(user_id=_id(scope_id)).exists()
        case _:
            raise ValidationError({"scope_kind": "Say what the budget bounds."})
    if not known:
        raise ValidationError({"scope_id": "There is no such thing in this organisation."})


def _id(text: str) -> uuid.UUID | None:
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def _record(event: Event, grant: Grant, budget: Budget, **detail: Any) -> None:  # noqa: ANN401 (values of an event)
    record_event(event, grant.actor(), f"budget/{budget.id}", label_of(budget), decision_id=grant.decision_id, **detail)
