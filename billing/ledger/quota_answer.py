"""How the budgets that bind a caller stand, as ``GET /v1/usage`` tells it."""

from datetime import datetime

from django.utils import timezone
from pydantic import BaseModel

from billing.ledger.models import Budget
from billing.ledger.shown import binding, resets_at, used_now
from billing.ledger.standing import level_of
from tenants.principal import Principal


class Quota(BaseModel):
    """A quota of the plan or a budget; amounts in nanos, requests or tokens, `period` a day, a month or in total."""

    level: str
    unit: str
    period: str
    limit: int
    used: int
    reserved: int
    remaining: int
    resets_at: datetime | None


def quotas_of(principal: Principal) -> list[Quota]:
    """Return what binds every call of `principal`, what the plan bounds first."""
    now = timezone.now()
    return [_quota(budget, now) for budget in binding(principal)]


def _quota(budget: Budget, now: datetime) -> Quota:
    limit, used, ends = budget.bound_at(now), used_now(budget, now), resets_at(budget)
    return Quota(
        level=level_of(budget.source, budget.scope_kind, budget.scope_id),
        unit=budget.unit,
        period=budget.period,
        limit=limit,
        used=used,
        reserved=budget.reserved,
        remaining=max(0, limit - used - budget.reserved),
        resets_at=ends if ends is not None and ends > now else None,
    )
