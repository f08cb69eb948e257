"""Who hears that a budget reached 50, 80 or 100 per cent of its cap: once for each share and period."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.notices import Notice, address_of, tell_treasurers
from audit.events import Event
from audit.record import Actor, record_event
from billing.ledger import near_cap
from billing.ledger.models import Budget
from billing.ledger.names import in_words, label_of, title_of
from billing.ledger.reservations import Reached
from tenants.models import Organization
from tenants.scope import current_org_id
from tenants.webhooks.emitting import emit
from tenants.webhooks.kinds import WebhookEvent

SYSTEM = Actor("system", "ledger", "Budgets")
SPENT = 100
"""Per cent of a cap."""


def tell_of(reached: Iterable[Reached]) -> None:
    """Record each share that was reached and owe its mails; of several at once only the highest is told."""
    if told := tuple(reached):  # hardly ever: a call that reaches nothing must not pay for a transaction
        _tell_each(told)


@transaction.atomic
def _tell_each(reached: tuple[Reached, ...]) -> None:
    for one in sorted(reached, key=lambda one: (str(one.budget_id), -one.share)):
        rows = Budget.objects.filter(id=one.budget_id, window_start=one.window_start, alerted__lt=one.share)
        if rows.update(alerted=one.share):
            _tell(Budget.objects.get(id=one.budget_id), one.share)
            near_cap.forget(current_org_id())


def _tell(budget: Budget, share: int) -> None:
    record_event(
        Event.BUDGET_REACHED,
        SYSTEM,
        f"budget/{budget.id}",
        label_of(budget),
        share=share,
        used=budget.used,
        cap=budget.cap,
    )
    emit(
        WebhookEvent.BUDGET_EXCEEDED if share == SPENT else WebhookEvent.BUDGET_THRESHOLD_REACHED, _thin(budget, share)
    )
    facts = {
        "organization": Organization.objects.get().name,
        "subject": title_of(budget),
        "share": share,
        "used": in_words(budget.used, budget.unit),
        "cap": in_words(budget.bound_at(timezone.now()), budget.unit),
        "period": budget.get_period_display(),
        "budget_url": address_of("budget_detail", budget.id),
        "stops": share == SPENT and not budget.grace,
    }
    tell_treasurers(Notice.BUDGET_REACHED, facts, budget.scope_id if budget.scope_kind == Budget.Scope.PERSON else None)


def _thin(budget: Budget, share: int) -> dict[str, Any]:
    """Return what a webhook says: ids and amounts, in nanos, requests or tokens."""
    return {
        "budget_id": str(budget.id),
        "source": budget.source,
        "scope": budget.scope_kind,
        "scope_id": budget.scope_id,
        "unit": budget.unit,
        "period": budget.period,
        "share": share,
        "used": budget.used,
        "limit": budget.bound_at(timezone.now()),
    }
