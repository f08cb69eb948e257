"""Which budgets a call falls under, and which models it may name. A worker remembers a tenant's rules by its stamp."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from billing.ledger.models import Budget, ModelAllowance
from billing.ledger.prices import GUARD_MODEL
from billing.ledger.role_rates import rates
from tenants.principal import Principal

REMEMBERED = 5_000
Scope = tuple[str, str]
"""The kind of a budget's scope and its id."""


@dataclass(frozen=True, slots=True)
class Rule:
    """That a budget bounds a scope."""

    budget_id: UUID
    scope: Scope


@dataclass(frozen=True, slots=True)
class Rules:
    """A tenant's budgets, the models its plan names (`None`: all), and requests a minute by role."""

    budgets: tuple[Rule, ...]
    models: frozenset[str] | None
    rates: Mapping[str, int]

    def allow(self, model: str) -> bool:
        """Tell whether the plan lets `model` be called; the guard itself always may be."""
        return self.models is None or model == GUARD_MODEL or model in self.models


_remembered: dict[tuple[UUID, int], Rules] = {}


def rules_of(org_id: UUID, stamp: int) -> Rules:
    """Return the open tenant's rules; `stamp` is its present one, which moves with every change of them."""
    held = _remembered.get((org_id, stamp))
    if held is not None:
        return held
    rows = Budget.objects.filter(closed_at=None).values_list("id", "scope_kind", "scope_id")
    budgets = tuple(Rule(budget_id, (kind, scope_id)) for budget_id, kind, scope_id in rows)
    allowance = ModelAllowance.objects.first()
    models = frozenset(allowance.models) if allowance else None
    rules = Rules(budgets, models, rates())
    if len(_remembered) >= REMEMBERED:
        _remembered.clear()
    _remembered[org_id, stamp] = rules
    return rules


def scopes_of(principal: Principal, model: str) -> frozenset[Scope]:
    """Return every scope that a principal's call of a model lies in."""
    return frozenset(
        {
            (Budget.Scope.ORGANIZATION.value, ""),
            (Budget.Scope.ROLE.value, principal.role.value if principal.role else ""),
            (Budget.Scope.KEY.value, principal.id),
            (Budget.Scope.MODEL.value, model),
            (Budget.Scope.PERSON.value, str(principal.user_id or "")),
        }
    )


def applying(rules: tuple[Rule, ...], principal: Principal, model: str) -> list[UUID]:
    """Return the budgets that a call of `model` counts against."""
    scopes = scopes_of(principal, model)
    return [rule.budget_id for rule in rules if rule.scope in scopes]
