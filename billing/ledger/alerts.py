"""Who hears that a budget reached 50, 80 or 100 per cent of its cap: once for each share and period."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from accounts.notices import MOST_KEEPERS, Notice, address_of, tell
from audit.events import Event
from audit.record import Actor, record_event
from billing.ledger.models import Budget
from billing.ledger.names import in_words, subject_of
from billing.ledger.reservations import Reached
from tenants.models import Membership, Organization
from tenants.permissions import Role

SYSTEM = Actor("system", "ledger", "Budgets")
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


def _tell(budget: Budget, share: int) -> None:
    record_event(
        Event.BUDGET_REACHED, SYSTEM, f"budget/{budget.id}", str(budget), share=share, used=budget.used, cap=budget.cap
    )
    facts = {
        "organization": Organization.objects.get().name,
        "subject": subject_of(budget.scope_kind, budget.scope_id),
        "share": share,
        "used": in_words(budget.used, budget.unit),
        "cap": in_words(budget.cap, budget.unit),
        "period": budget.get_period_display(),
        "budget_url": address_of("budget_detail", budget.id),
        "stops": share == 100 and not budget.grace,
    }
    for person in _told(budget):
        tell(Notice.BUDGET_REACHED, person, facts)


def _told(budget: Budget) -> list[User]:
    """Return the owners and finance, and the person whom a personal cap bounds."""
    members = Membership.objects.select_related("user").filter(user__is_active=True)
    wanted = members.filter(role__in=TOLD)
    if budget.scope_kind == Budget.Scope.PERSON:
        wanted |= members.filter(user_id=budget.scope_id)
    return [membership.user for membership in wanted.order_by("created_at", "id")[:MOST_KEEPERS]]
