"""Prices: the list that ships, loaded once; a tenant's own, in versions; the guard's own, which nobody changes."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from billing.ledger import prices
from billing.ledger.models import LARGEST_PRICE, ListPrice, ModelPrice
from billing.ledger.prices import GUARD_MODEL, list_prices
from billing.ledger.reservations import Item, PriceUnknown
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.billing.ledger.conftest import MODEL, call, make_budget
from tests.people import Person


def _add(person: Person, model: str = "own-model", version: str = "1", each: int = 5, days: int = -1) -> ModelPrice:
    asked = ModelPrice(
        model=model,
        version=version,
        input_nanos_per_token=each,
        output_nanos_per_token=each,
        valid_from=timezone.now() + timedelta(days=days),
    )
    return prices.add_price(person.may(Permission.BUDGETS_RAISE), asked)


def _cost(person: Person, model: str) -> int:
    admitted = call(person, Item(model, 1, 0))
    return admitted.holds[0].nanos


def test_the_list_is_there_and_loading_it_again_adds_nothing(committed: None) -> None:
    assert ListPrice.objects.count() == len(list_prices()) > 10
    out = StringIO()
    call_command("load_prices", stdout=out)
    assert out.getvalue() == "0 prices added.\n"
    assert ListPrice.objects.filter(model=GUARD_MODEL).exists()
    assert all(price.source for price in ListPrice.objects.all())


@pytest.mark.django_db
def test_the_application_cannot_change_the_list() -> None:
    for write in (ListPrice.objects.all().delete, lambda: ListPrice.objects.update(call_nanos=0)):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            write()


def test_a_tenants_own_price_goes_before_the_list_and_only_there(in_acme: Person, eve: Person) -> None:
    make_budget(in_acme)
    assert _cost(in_acme, MODEL) == 2_000
    _add(in_acme, MODEL)
    _add(in_acme, MODEL, "2", each=7, days=-2)
    _add(in_acme, MODEL, "3", each=9, days=1)
    assert _cost(in_acme, MODEL) == 5
    with org_scope(eve.organization.id):
        make_budget(eve)
        assert _cost(eve, MODEL) == 2_000
        with pytest.raises(PriceUnknown):
            _cost(eve, "own-model")


def test_a_version_never_changes(in_acme: Person) -> None:
    made = _add(in_acme)
    with pytest.raises(ValidationError, match="never changes"):
        _add(in_acme, each=6)
    made.call_nanos = 1
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        made.save()


def test_nobody_prices_the_guard(in_acme: Person) -> None:
    with pytest.raises(ValidationError, match="the list's"):
        _add(in_acme, GUARD_MODEL)


@pytest.mark.parametrize("each", [-1, LARGEST_PRICE + 1])
def test_a_price_is_bounded(in_acme: Person, each: int) -> None:
    with pytest.raises(ValidationError) as refused:
        _add(in_acme, each=each)
    assert "input_nanos_per_token" in refused.value.message_dict
