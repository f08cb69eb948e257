"""Who hears that a budget reached 50, 80 or 100 per cent of its cap: once for each share and period."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.notices import MOST_KEEPERS, Notice, address_of, tell
from audit.events import Event
from audit.record import Actor, record_event
from billing.ledger import near_cap
from billing.ledger.models import Budget
from billing.ledger.names import in_words, title_of
from billing.ledger.reservations import Reached
from tenants.models import Membership, Organization
from tenants.permissions import Role
from tenants.scope import current_org_id
from tenants.webhooks.emitting import emit
from tenants.webhooks.kinds import WebhookEvent

SYSTEM = Actor("system", "ledger", "Budgets")
SPENT = 100
"""Per cent of a cap."""
TOLD = (Role.OWNER.value, Role.FINANCE.value)


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
        Event.BUDGET_REACHED, SYSTEM, f"budget/{budget.id}", str(budget), share=share, used=budget.used, cap=budget.cap
    )
    emit(
        WebhookEvent.BUDGET_EXCEEDED if share == SPENT else WebhookEvent.BUDGET_THRESHOLD_REACHED, _thin(budget, share)
    )
    facts = {
        "organization": Organization.objects.get().name,
        "subject": title_of(budget),
        "share": share,
        "used": in_words(budget.used, budget.unit),
        "cap": in_words(budget.cap, budget.unit),
        "period": budget.get_period_display(),
        "budget_url": address_of("budget_detail", budget.id),
        "stops": share == SPENT and not budget.grace,
    }
    for person in keepers(budget.scope_id if budget.scope_kind == Budget.Scope.PERSON else ""):
        tell(Notice.BUDGET_REACHED, person, facts)


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
        "limit": budget.cap,
    }


def keepers(or_person: str = "") -> list[User]:
    """Return the owners and finance of the open organisation, and the person named, if they are a member."""
    members = Membership.objects.select_related("user").filter(user__is_active=True)
    wanted = members.filter(role__in=TOLD)
    if or_person:
        wanted |= members.filter(user_id=or_person)
    return [membership.user for membership in wanted.order_by("created_at", "id")[:MOST_KEEPERS]]
