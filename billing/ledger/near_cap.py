"""The line above every page of somebody whom a budget binds of which 80 per cent are used, or all.

A worker remembers for half a minute of which organisations no budget is so far: their pages ask nothing for it.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from billing.ledger.models import Budget
from billing.ledger.names import title_of, used_in_words
from billing.ledger.rules import scopes_of
from billing.ledger.shown import resets_at
from tenants.access import principal_of
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.principal import Principal

SHARE = 80
"""Per cent of a cap from which on people are told on their pages."""
REMEMBERED_FOR, REMEMBERED = 30.0, 5_000
"""Seconds, and organisations."""
_remembered: dict[UUID, float] = {}
"""Until when an organisation has no budget near its cap, by the clock of `time.monotonic`."""


@dataclass(frozen=True, slots=True)
class Near:
    """What a page says of a budget."""

    level: str
    title: str
    text: str
    url: str


def near_cap(request: HttpRequest) -> dict[str, Any]:
    """Return the context of ``ledger/snippets/near_cap.html``; nothing where no budget is near its cap."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return {}
    budgets = _near(membership.org_id)
    if not budgets:
        return {}
    principal: Principal = getattr(request, "principal", None) or principal_of(request)  # type: ignore[arg-type]
    scopes = scopes_of(principal, "")
    mine = [budget for budget in budgets if (budget.scope_kind, budget.scope_id) in scopes and _lasts(budget)]
    return {"near_cap": _shown(max(mine, key=lambda one: one.alerted), principal)} if mine else {}


def forget(org_id: UUID) -> None:
    """Have the next page look again."""
    _remembered.pop(org_id, None)


def _near(org_id: UUID) -> tuple[Budget, ...]:
    if time.monotonic() < _remembered.get(org_id, 0.0):
        return ()
    budgets = tuple(Budget.objects.filter(closed_at=None, alerted__gte=SHARE))
    if not budgets:
        if len(_remembered) >= REMEMBERED:
            _remembered.clear()
        _remembered[org_id] = time.monotonic() + REMEMBERED_FOR
    return budgets


def _lasts(budget: Budget) -> bool:
    """Tell whether the period in which it came so far is the present one."""
    ends = resets_at(budget)
    return ends is None or ends > timezone.now()


def _shown(budget: Budget, principal: Principal) -> Near:
    spent = budget.alerted >= 100
    what = title_of(budget)
    title = f"A budget is used up: {what}." if spent else f"{budget.alerted} % of a budget are used: {what}."
    stops = "Calls that would cost more are refused until it begins anew or is raised." if not budget.grace else ""
    used = used_in_words(budget.used, budget.bound_at(timezone.now()), budget.unit)
    text = f"{used} {budget.get_period_display()}. "
    url = reverse("budget_detail", args=[budget.id]) if allows(principal, Permission.BUDGETS_READ) else ""
    return Near("error" if spent else "warning", title, text + (stops if spent else ""), url)
