"""Budgets as their pages show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import ApiKey
from accounts.workloads.models import ServiceIdentity
from billing.ledger.forms import Choices, scopes_of
from billing.ledger.models import Budget, ListPrice, ModelPrice
from billing.ledger.names import NANOS, in_words, subject_of
from billing.ledger.prices import GUARD_MODEL
from tenants.models import Membership
from tenants.permissions import Role

GROUPS = [
    (Budget.Scope.ORGANIZATION, "The whole organisation"),
    (Budget.Scope.ROLE, "Roles"),
    (Budget.Scope.MODEL, "Models"),
    (Budget.Scope.KEY, "API keys and services"),
    (Budget.Scope.PERSON, "People"),
]
MOST_OFFERED = 500
"""Keys, services or people to choose from."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A budget in words, with the numbers of its bar in dollars, requests or tokens. A period that is over counts 0."""

    budget: Budget
    subject: str
    used: str
    reserved: str
    bound: str
    share_used: float
    share_of: float
    raised: str
    resets_at: datetime | None

    @property
    def of_plan(self) -> bool:
        """Tell whether the plan bounds it, and not somebody here."""
        return self.budget.source == Budget.Source.PLAN

    @property
    def is_full(self) -> bool:
        """Tell whether all of it is used."""
        return self.share_used >= self.share_of


def shown(budget: Budget, now: datetime | None = None) -> Shown:
    """Return `budget` as it stands now."""
    now = now or timezone.now()
    resets_at = _resets_at(budget)
    used = 0 if resets_at is not None and resets_at <= now else budget.used
    lasts = budget.raised_until is not None and budget.raised_until > now
    bound = budget.cap + (budget.raised if lasts else 0)
    scale = NANOS if budget.unit == Budget.Unit.NANOS else 1
    return Shown(
        budget=budget,
        subject=_subject(budget),
        used=in_words(used, budget.unit),
        reserved=in_words(budget.reserved, budget.unit),
        bound=in_words(bound, budget.unit),
        share_used=used / scale,
        share_of=bound / scale,
        raised=in_words(budget.raised, budget.unit) if lasts else "",
        resets_at=resets_at if resets_at is None or resets_at > now else None,
    )


def _subject(budget: Budget) -> str:
    """Return what a budget bounds; several of one plan differ by what they count."""
    subject = subject_of(budget.scope_kind, budget.scope_id)
    return f"{budget.get_unit_display()} of {subject}" if budget.source == Budget.Source.PLAN else subject


def tree() -> Iterator[tuple[str, list[Shown]]]:
    """Yield the open budgets by what they bound, widest first; groups without any are left out."""
    every = [shown(budget) for budget in Budget.objects.filter(closed_at=None)]
    for kind, label in GROUPS:
        group = sorted((one for one in every if one.budget.scope_kind == kind), key=lambda one: one.subject)
        if group:
            yield label, group


def scopes() -> Choices:
    """Return what a budget of the open organisation can bound."""
    keys = ApiKey.objects.filter(revoked_at=None).order_by("name")[:MOST_OFFERED]
    services = ServiceIdentity.objects.filter(disabled_at=None).order_by("name")[:MOST_OFFERED]
    people = Membership.objects.select_related("user").order_by("user__name", "id")[:MOST_OFFERED]
    models = {GUARD_MODEL, *_models()}
    return scopes_of(
        [
            ("Roles", Budget.Scope.ROLE, [(role.value, role.value.capitalize()) for role in Role]),
            ("Models", Budget.Scope.MODEL, [(name, name) for name in sorted(models)]),
            ("API keys", Budget.Scope.KEY, [(str(key.id), str(key)) for key in keys]),
            ("Services", Budget.Scope.KEY, [(str(service.id), str(service)) for service in services]),
            ("People", Budget.Scope.PERSON, [(str(one.user_id), f"{one.user} ({one.role})") for one in people]),
        ]
    )


def _models() -> Iterator[str]:
    for prices in (ListPrice.objects, ModelPrice.objects):
        yield from prices.values_list("model", flat=True).distinct()


def _resets_at(budget: Budget) -> datetime | None:
    match budget.period:
        case Budget.Period.DAY:
            return budget.window_start + timedelta(days=1)
        case Budget.Period.MONTH:
            return (budget.window_start + timedelta(days=32)).replace(day=1)
        case _:
            return None
