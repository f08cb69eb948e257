"""``manage.py check_ledger`` is quiet where the books agree, and names what does not."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from billing.ledger.models import Budget, Reservation
from billing.ledger.reservations import finish
from tenants.scope import org_scope
from tests.billing.ledger.conftest import held, make_budget
from tests.committed import new_owner
from tests.people import Person


@pytest.fixture
def spent(committed: None) -> tuple[Person, Budget]:
    """A committed budget of tokens, with a settled call and one that is under way."""
    owner = new_owner()
    with org_scope(owner.organization.id):
        budget = make_budget(owner, 10_000, "tokens")
        finish(held(owner), "settled", 100, 20)
        held(owner)
    return owner, budget


def _said() -> str:
    out = StringIO()
    call_command("check_ledger", stdout=out)
    return out.getvalue()


def test_the_books_agree(spent: tuple[Person, Budget]) -> None:
    assert "agree" in _said()


@pytest.mark.parametrize(("column", "amount", "sum_"), [("used", 121, 120), ("reserved", 149, 150)])
def test_a_planted_difference_is_found(spent: tuple[Person, Budget], column: str, amount: int, sum_: int) -> None:
    owner, budget = spent
    with org_scope(owner.organization.id):
        Budget.objects.filter(id=budget.id).update(**{column: amount})
    out = StringIO()
    with pytest.raises(CommandError, match="1 differences"):
        call_command("check_ledger", stdout=out)
    assert f"says {amount} {column}; its rows add up to {sum_}" in out.getvalue()
    with org_scope(owner.organization.id):
        Budget.objects.filter(id=budget.id).update(**{column: sum_})


def test_a_charge_without_its_event_is_found(spent: tuple[Person, Budget]) -> None:
    owner, _ = spent
    with org_scope(owner.organization.id), transaction.atomic():
        open_ = Reservation.objects.filter(state="held")
        pk = open_.get().pk
        open_.update(state="settled")
    with pytest.raises(CommandError):
        _said()
    with org_scope(owner.organization.id):
        Reservation.objects.filter(pk=pk).update(state="held")
