"""Budgets as their pages show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import ApiKey
from accounts.workloads.models import ServiceIdentity
from billing.ledger.forms import Choices, scopes_of
from billing.ledger.models import Budget, ListPrice, ModelPrice
from billing.ledger.names import NANOS, in_words, title_of, used_in_words
from billing.ledger.prices import GUARD_MODEL
from billing.ledger.rules import scopes_of as scopes_of_call
from tenants.models import Membership
from tenants.permissions import Role
from tenants.principal import Principal

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
    used_of: str
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
    ends, used, bound = resets_at(budget), used_now(budget, now), budget.bound_at(now)
    scale = NANOS if budget.unit == Budget.Unit.NANOS else 1
    return Shown(
        budget=budget,
        subject=title_of(budget),
        used=in_words(used, budget.unit),
        reserved=in_words(budget.reserved, budget.unit),
        bound=in_words(bound, budget.unit),
        used_of=used_in_words(used, bound, budget.unit),
        share_used=used / scale,
        share_of=bound / scale,
        raised=in_words(budget.raised, budget.unit) if bound > budget.cap else "",
        resets_at=ends if ends is None or ends > now else None,
    )


def binding(principal: Principal) -> list[Budget]:
    """Return the open budgets that bind every call of `principal`: what the plan bounds first, then the widest."""
    scopes = scopes_of_call(principal, "")
    order = [kind.value for kind, _ in GROUPS]
    mine = [one for one in Budget.objects.filter(closed_at=None) if (one.scope_kind, one.scope_id) in scopes]
    return sorted(mine, key=lambda one: (one.source != Budget.Source.PLAN, order.index(one.scope_kind), one.unit))


def used_now(budget: Budget, now: datetime) -> int:
    """Return what is used of the present period: nothing, once the one that was open last is over."""
    ends = resets_at(budget)
    return 0 if ends is not None and ends <= now else budget.used


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


def resets_at(budget: Budget) -> datetime | None:
    """Return when the period of a budget ends that was open last; a total one never does."""
    match budget.period:
        case Budget.Period.DAY:
            return budget.window_start + timedelta(days=1)
        case Budget.Period.MONTH:
            return (budget.window_start + timedelta(days=32)).replace(day=1)
        case _:
            return None
