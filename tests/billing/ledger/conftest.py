"""Budgets of Acme, and calls against them."""

from collections.abc import Callable
from uuid import UUID

import pytest

from audit.ids import new_decision_id
from billing.ledger import budgets
from billing.ledger.budgets import BudgetRequest
from billing.ledger.models import Budget, ModelAllowance, Reservation
from billing.ledger.reservations import Admitted, Item, reserve
from billing.ledger.rules import rules_of
from tenants.permissions import Permission
from tenants.scope import current_org_id
from tests.committed import *  # noqa: F403 (fixtures)
from tests.people import Person

MODEL = "gpt-4.1"
IN, OUT = 2_000, 8_000
"""What a token of `MODEL` costs, by the list."""
Make = Callable[..., Budget]


def make_budget(
    owner: Person, cap: int = 100, unit: str = "requests", scope: str = "org:", **options: object
) -> Budget:
    """Make a budget in the open organisation; `scope` is ``kind:id``."""
    kind, _, scope_id = scope.partition(":")
    asked = {"period": "day", "grace": 0} | options
    wanted = BudgetRequest(kind, scope_id, unit, cap=cap, **asked)  # type: ignore[arg-type]  # options of several types
    return budgets.create(owner.may(Permission.BUDGETS_CHANGE), wanted)


def call(person: Person, *items: Item) -> Admitted:
    """Hold a call of `items`, of one of `MODEL` where none is given, by the budgets as they are now."""
    rules_of.__globals__["_remembered"].clear()
    rules = rules_of(current_org_id(), 0)
    return reserve(person.principal, new_decision_id(), rules.budgets, items or (Item(MODEL, 100, 50),))


def held(person: Person, *items: Item) -> UUID:
    """Hold a call and return its reservation."""
    return call(person, *items).holds[0].id


def state_of(budget: Budget) -> tuple[int, int]:
    """Return what is used and what is held."""
    budget.refresh_from_db()
    return budget.used, budget.reserved


def expire(hold_id: UUID) -> None:
    """Let the time of a reservation be over."""
    row = Reservation.objects.get(id=hold_id)
    Reservation.objects.filter(id=hold_id).update(expires_at=row.created_at)


def leave_plan() -> None:
    """Let the open organisation be bounded by nothing but what a test makes."""
    Budget.objects.all().delete()
    ModelAllowance.objects.all().delete()


@pytest.fixture
def in_acme(in_acme: Person) -> Person:
    """Olga, with her organisation open, which no plan bounds."""
    leave_plan()
    return in_acme


@pytest.fixture
def budget(in_acme: Person) -> Budget:
    """A hard budget of 100 requests a day for all of Acme."""
    return make_budget(in_acme)
