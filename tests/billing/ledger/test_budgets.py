"""Who makes, changes, raises and closes budgets, and what follows for the next call."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.models import AuditEvent
from billing.ledger import budgets
from billing.ledger.budgets import LONGEST_RAISE
from billing.ledger.models import LARGEST_AMOUNT, Budget, TemporaryRaise
from billing.ledger.reservations import NoRoom, finish
from tenants.guard import NotGranted, Refused
from tenants.permissions import Permission, Role
from tests.billing.ledger.conftest import call, held, make_budget, state_of
from tests.people import Person, join

CHANGE, RAISE = Permission.BUDGETS_CHANGE, Permission.BUDGETS_RAISE


def _events(target: Budget) -> list[str]:
    rows = AuditEvent.objects.filter(target=f"budget/{target.id}").order_by("created_at")
    return [event.partition(":")[2] for event in rows.values_list("event", flat=True)]


@pytest.mark.parametrize("role", Role)
def test_r01_budgets_are_for_owners_admins_and_finance(in_acme: Person, role: Role) -> None:
    person = join(in_acme.organization, "p@acme.example", "Pat", role)
    for permission in (Permission.BUDGETS_READ, CHANGE, RAISE):
        if role in {Role.OWNER, Role.ADMIN, Role.FINANCE}:
            person.may(permission)
        else:
            with pytest.raises(Refused):
                person.may(permission)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scope": "galaxy:1"}, "scope_kind"),
        ({"scope": "org:1"}, "scope_id"),
        ({"scope": "role:emperor"}, "scope_id"),
        ({"scope": "model:"}, "scope_id"),
        ({"scope": "key:not-a-uuid"}, "scope_id"),
        ({"scope": f"key:{uuid.uuid4()}"}, "scope_id"),
        ({"scope": f"person:{uuid.uuid4()}"}, "scope_id"),
        ({"unit": "euros"}, "unit"),
        ({"period": "week"}, "period"),
        ({"cap": 0}, "cap"),
        ({"cap": LARGEST_AMOUNT + 1}, "cap"),
        ({"grace": 11}, "grace"),
        ({"grace": -1}, "grace"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(in_acme: Person, change: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        make_budget(in_acme, **change)  # type: ignore[arg-type]  # options of several types
    assert set(refused.value.message_dict) == {field}
    assert Budget.objects.count() == 0


def test_t03_a_key_or_person_of_another_organisation_is_unknown(in_acme: Person, eve: Person) -> None:
    key, _ = eve.key()
    for scope in (f"key:{key.id}", f"person:{eve.user.pk}"):
        with pytest.raises(ValidationError):
            make_budget(in_acme, scope=scope)


def test_there_is_one_budget_of_each_kind(in_acme: Person, budget: Budget) -> None:
    with pytest.raises(ValidationError):
        make_budget(in_acme)
    budgets.close(in_acme.may(RAISE), budget.id)
    make_budget(in_acme)
    assert _events(budget) == ["budget:created", "budget:closed"]


def test_the_record_names_a_budget_as_people_would(in_acme: Person, budget: Budget) -> None:
    event = AuditEvent.objects.get(target=f"budget/{budget.id}")
    assert event.target_label == "Requests of the whole organisation, a day"


def test_changing_takes_more_than_making(in_acme: Person, budget: Budget) -> None:
    with pytest.raises(NotGranted):
        budgets.change(in_acme.may(CHANGE), budget.id, 51, 10)
    budgets.change(in_acme.may(RAISE), budget.id, 51, 10)
    budget.refresh_from_db()
    assert (budget.cap, budget.grace) == (51, 10)
    assert _events(budget) == ["budget:created", "budget:changed"]


def test_a_cap_below_what_is_used_stops_calls_and_breaks_nothing(in_acme: Person, budget: Budget) -> None:
    for _ in range(3):
        finish(held(in_acme), "settled", 1, 1)
    hold_id = held(in_acme)
    budgets.change(in_acme.may(RAISE), budget.id, 2, 0)
    with pytest.raises(NoRoom):
        call(in_acme)
    finish(hold_id, "settled", 1, 1)
    assert state_of(budget) == (4, 0)
    assert budget.excess == 2


def test_a_raise_lasts_as_long_as_it_says(in_acme: Person) -> None:
    budget = make_budget(in_acme, 1)
    held(in_acme)
    until = timezone.now() + timedelta(hours=1)
    budgets.raise_until(in_acme.may(RAISE), budget.id, 2, until, "Launch day")
    held(in_acme)
    Budget.objects.filter(id=budget.id).update(raised_until=timezone.now())
    with pytest.raises(NoRoom):
        call(in_acme)
    made = TemporaryRaise.objects.get()
    assert (made.amount, made.reason, made.author) == (2, "Launch day", "Olga Owner")
    assert _events(budget)[-1] == "budget:raised"


@pytest.mark.parametrize(
    ("amount", "hours", "reason", "field"),
    [
        (0, 1, "x", "amount"),
        (1, 0, "x", "until"),
        (1, 24 * LONGEST_RAISE.days + 1, "x", "until"),
        (1, 1, " ", "reason"),
    ],
)
def test_a_raise_says_how_much_until_when_and_why(
    in_acme: Person, budget: Budget, amount: int, hours: int, reason: str, field: str
) -> None:
    until = timezone.now() + timedelta(hours=hours)
    with pytest.raises(ValidationError) as refused:
        budgets.raise_until(in_acme.may(RAISE), budget.id, amount, until, reason)
    assert set(refused.value.message_dict) == {field}


def test_a_closed_budget_bounds_nothing(in_acme: Person) -> None:
    budget = make_budget(in_acme, 1)
    hold_id = held(in_acme)
    with pytest.raises(NotGranted):
        budgets.close(in_acme.may(CHANGE), budget.id)
    budgets.close(in_acme.may(RAISE), budget.id)
    assert call(in_acme).tightest is None
    finish(hold_id, "settled", 1, 1)
    assert state_of(budget) == (1, 0)
    with pytest.raises(Budget.DoesNotExist):
        budgets.change(in_acme.may(RAISE), budget.id, 1, 0)
