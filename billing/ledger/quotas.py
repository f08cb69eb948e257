"""What the plan lets an organisation use: monthly budgets beside the tenant's own, which only the plan can change."""

from collections.abc import Iterator
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import Actor, record_event
from billing.ledger.budgets import save_amounts, window_start
from billing.ledger.models import LARGEST_AMOUNT, Budget, ModelAllowance
from billing.ledger.names import label_of
from billing.ledger.used import used_since
from tenants.models import Organization

PLAN = Actor("system", "plan", "The plan")


class PlanLimits(Protocol):
    """What a plan bounds; `None` bounds nothing. The limits of `billing.entitlements` are such."""

    @property
    def requests(self) -> int | None: ...
    @property
    def tokens(self) -> int | None: ...
    @property
    def spend_nanos(self) -> int | None: ...
    @property
    def models(self) -> tuple[str, ...] | None: ...


@transaction.atomic
def set_plan_quotas(limits: PlanLimits) -> None:
    """Make the open organisation's plan budgets what `limits` say, from the next call on; what was used stays used."""
    Organization.objects.select_for_update(
        no_key=True
    ).get()  # two changes of plan at once would make each budget twice
    rows = Budget.objects.select_for_update(no_key=True).filter(source=Budget.Source.PLAN, closed_at=None)
    held = {budget.unit: budget for budget in rows.order_by("id")}
    for unit, cap in _caps(limits):
        _set(held.get(unit), unit, cap)
    _allow(limits.models)


def _caps(limits: PlanLimits) -> Iterator[tuple[Budget.Unit, int | None]]:
    caps = {
        Budget.Unit.REQUESTS: limits.requests,
        Budget.Unit.TOKENS: limits.tokens,
        Budget.Unit.NANOS: limits.spend_nanos,
    }
    for unit, cap in caps.items():
        if cap is not None and not 0 <= cap <= LARGEST_AMOUNT:
            raise ValueError(f"A quota of {unit} is 0 to {LARGEST_AMOUNT:,}, not {cap}.")
        yield unit, cap


def _set(budget: Budget | None, unit: Budget.Unit, cap: int | None) -> None:
    """Make, change or close the quota of one unit."""
    if budget is None and cap is not None:
        _make(unit, cap)
    elif budget is not None and cap is None:
        budget.closed_at = timezone.now()
        budget.save(update_fields=["closed_at"])
        _record(Event.BUDGET_CLOSED, budget, used=budget.used)
    elif budget is not None and cap is not None and budget.cap != cap:
        before, budget.cap = budget.cap, cap
        save_amounts(budget, "cap")
        _record(Event.BUDGET_CHANGED, budget, before=before, cap=cap)


def _make(unit: Budget.Unit, cap: int) -> None:
    """Make a quota that knows what the month has used already: leaving a plan and coming back begins nothing anew."""
    since = window_start(Budget.Period.MONTH, timezone.now())
    used = used_since(since, unit)
    budget = Budget(
        source=Budget.Source.PLAN,
        scope_kind=Budget.Scope.ORGANIZATION,
        unit=unit,
        period=Budget.Period.MONTH,
        cap=cap,
        used=used,
        carried=used,
        excess=max(0, used - cap),
        window_start=since,
    )
    budget.save(force_insert=True)
    _record(Event.BUDGET_CREATED, budget, cap=cap, used=used)


def _allow(models: tuple[str, ...] | None) -> None:
    """Keep which models may be called; without a list all may."""
    row = ModelAllowance.objects.select_for_update().first()
    if models is None:
        if row is not None:
            row.delete()
    elif row is None:
        ModelAllowance.objects.create(models=sorted(models))
    elif row.models != sorted(models):
        row.models = sorted(models)
        row.save(update_fields=["models"])


def _record(event: Event, budget: Budget, **detail: Any) -> None:  # noqa: ANN401 (values of an event)
    record_event(event, PLAN, f"budget/{budget.id}", label_of(budget), source=budget.source, **detail)
