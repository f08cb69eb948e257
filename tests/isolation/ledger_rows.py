"""Budgets of an estate, wide enough never to stand in its way, and a call against them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.utils import timezone

from accounts.models import ApiKey
from audit.ids import new_decision_id
from billing.ledger import budgets, prices, role_rates
from billing.ledger.budgets import BudgetRequest
from billing.ledger.models import (
    LARGEST_RATE,
    Budget,
    ModelAllowance,
    ModelPrice,
    Reservation,
    RoleRate,
    TemporaryRaise,
    UsageEvent,
)
from billing.ledger.reservations import Item, finish, reserve
from billing.ledger.rules import Rule
from tenants.permissions import Permission, Role
from tenants.principal import Principal, PrincipalKind
from tenants.scope import org_scope

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def price(estate: "Estate") -> ModelPrice:
    grant = estate.owner.may(Permission.BUDGETS_RAISE)
    each = {"input_nanos_per_token": 1, "output_nanos_per_token": 1}
    valid_from = timezone.now() - timedelta(days=1)
    return prices.add_price(
        grant, ModelPrice(model=estate.canary, version=estate.canary, valid_from=valid_from, **each)
    )


def budget(estate: "Estate") -> Budget:
    wanted = BudgetRequest(Budget.Scope.MODEL, estate.canary, Budget.Unit.TOKENS, Budget.Period.TOTAL, 10**12)
    return budgets.create(estate.owner.may(Permission.BUDGETS_CHANGE), wanted)


def allowance(estate: "Estate") -> ModelAllowance:
    return ModelAllowance.objects.create(models=[estate.canary])  # type: ignore[no-any-return]  # as below


def rate(estate: "Estate") -> RoleRate:
    role_rates.set_rates(estate.owner.may(Permission.BUDGETS_RAISE), {Role.OWNER: LARGEST_RATE})
    return RoleRate.objects.get()  # type: ignore[no-any-return]  # as below


def raised(estate: "Estate") -> TemporaryRaise:
    until = timezone.now() + timedelta(days=1)
    budgets.raise_until(estate.owner.may(Permission.BUDGETS_RAISE), estate.rows[Budget].pk, 1, until, estate.canary)
    return TemporaryRaise.objects.get()  # type: ignore[no-any-return]  # the manager of tenant models has no row type


def _held(estate: "Estate") -> UUID:
    rule = Rule(estate.rows[Budget].pk, (Budget.Scope.MODEL.value, estate.canary))
    admitted = reserve(_key_of(estate), new_decision_id(), (rule,), [Item(estate.canary, 10, 10)])
    return admitted.holds[0].id


def _key_of(estate: "Estate") -> Principal:
    """Return the estate's key, whose reservations its secret may settle."""
    key = ApiKey.objects.earliest("pk")
    return replace(estate.owner.principal, kind=PrincipalKind.API_KEY, id=str(key.pk))


def usage(estate: "Estate") -> UsageEvent:
    finish(_held(estate), Reservation.State.SETTLED, 1, 1)
    return UsageEvent.objects.get()  # type: ignore[no-any-return]  # as above


def reservation(estate: "Estate") -> Reservation:
    return Reservation.objects.get(id=_held(estate))  # type: ignore[no-any-return]  # as above


def open_budget(estate: "Estate") -> str:
    """Return the id of the estate's budget, which is opened again where a page closed it."""
    with org_scope(estate.org_id):
        Budget.objects.filter(pk=estate.rows[Budget].pk).exclude(closed_at=None).update(closed_at=None)
    return str(estate.rows[Budget].pk)


def open_reservation(estate: "Estate") -> str:
    """Return the id of one that nothing has ended: the estate's own, or else a new one."""
    with org_scope(estate.org_id):
        rows = Reservation.objects.filter(pk=estate.rows[Reservation].pk, state=Reservation.State.HELD)
        return str(estate.rows[Reservation].pk if rows.exists() else _held(estate))


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {
    ModelPrice: price,
    Budget: budget,
    ModelAllowance: allowance,
    RoleRate: rate,
    TemporaryRaise: raised,
    UsageEvent: usage,
    Reservation: reservation,
}
