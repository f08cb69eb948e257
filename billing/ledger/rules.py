"""Which budgets a call falls under. A worker remembers a tenant's by its stamp, so that none costs a lookup."""

from dataclasses import dataclass
from uuid import UUID

from billing.ledger.models import Budget
from tenants.principal import Principal

REMEMBERED = 5_000
Scope = tuple[str, str]
"""The kind of a budget's scope and its id."""


@dataclass(frozen=True, slots=True)
class Rule:
    """That a budget bounds a scope."""

    budget_id: UUID
    scope: Scope


_remembered: dict[tuple[UUID, int], tuple[Rule, ...]] = {}


def rules_of(org_id: UUID, stamp: int) -> tuple[Rule, ...]:
    """Return the open tenant's rules; `stamp` is its present one, which moves with every budget made or closed."""
    held = _remembered.get((org_id, stamp))
    if held is not None:
        return held
    rows = Budget.objects.filter(closed_at=None).values_list("id", "scope_kind", "scope_id")
    rules = tuple(Rule(budget_id, (kind, scope_id)) for budget_id, kind, scope_id in rows)
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
