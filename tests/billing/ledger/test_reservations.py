"""What a call may cost is held before it happens; the facts take its place, once (B01, B02)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.reasons import Reason
from audit.record import DecisionRow
from audit.recorder import record_durably
from billing.ledger.balance import differences
from billing.ledger.models import MOST_TOKENS, Budget, Reservation, UsageEvent
from billing.ledger.reservations import Item, NoHold, NoRoom, PriceUnknown, finish, release_all, sweep, top_up
from tenants.permissions import Permission
from tests.billing.ledger.conftest import IN, MODEL, OUT, call, expire, held, make_budget, state_of
from tests.people import Person

COST = 100 * IN + 50 * OUT


def test_without_a_budget_a_call_is_metered_all_the_same(in_acme: Person) -> None:
    admitted = call(in_acme)
    assert (admitted.tightest, Reservation.objects.get().budgets) == (None, [])
    finish(admitted.holds[0].id, "settled", 90, 10)
    assert (UsageEvent.objects.get().nanos, list(differences())) == (90 * IN + 10 * OUT, [])


def test_it_holds_the_estimate_and_charges_the_facts(in_acme: Person) -> None:
    money, tokens, requests = (make_budget(in_acme, 10**9, unit) for unit in ("nanos", "tokens", "requests"))
    hold_id = held(in_acme)
    assert [state_of(one) for one in (money, tokens, requests)] == [(0, COST), (0, 150), (0, 1)]
    charged = finish(hold_id, "settled", 90, 10)
    assert (charged.first, charged.nanos) == (True, 90 * IN + 10 * OUT)
    assert [state_of(one) for one in (money, tokens, requests)] == [(90 * IN + 10 * OUT, 0), (100, 0), (1, 0)]
    event = UsageEvent.objects.get()
    assert (event.model, event.tokens_in, event.tokens_out, event.nanos) == (MODEL, 90, 10, charged.nanos)
    assert (event.principal_id, event.role, event.origin) == (in_acme.principal.id, "owner", "settled")
    assert set(event.budgets) == {money.id, tokens.id, requests.id}
    assert list(differences()) == []


def test_settling_again_changes_nothing(in_acme: Person, budget: Budget) -> None:
    hold_id = held(in_acme)
    finish(hold_id, "settled", 90, 10)
    for how in ("settled", "released", "expired"):
        again = finish(hold_id, how, 1, 1)
        assert (again.first, again.hold.state, again.tokens_in) == (False, "settled", 90)
    assert state_of(budget) == (1, 0)
    assert UsageEvent.objects.count() == 1


def test_releasing_gives_all_of_it_back(in_acme: Person, budget: Budget) -> None:
    admitted = call(in_acme)
    assert state_of(budget) == (0, 1)
    release_all(admitted.holds)
    assert state_of(budget) == (0, 0)
    assert (UsageEvent.objects.count(), list(differences())) == (0, [])


def test_nobody_settles_what_there_is_not(in_acme: Person) -> None:
    with pytest.raises(NoHold):
        finish(in_acme.organization.id, "settled")
    with pytest.raises(NoHold):
        top_up(in_acme.organization.id, 1)


def test_b01_the_last_unit_is_given_once(in_acme: Person) -> None:
    budget = make_budget(in_acme, 3)
    for _ in range(3):
        held(in_acme)
    with pytest.raises(NoRoom) as refused:
        call(in_acme)
    assert (refused.value.spent, refused.value.budget.remaining, refused.value.fits) == (False, 0, None)
    assert state_of(budget) == (0, 3)


def test_a_budget_that_is_used_up_differs_from_one_that_is_held(in_acme: Person) -> None:
    make_budget(in_acme, 1)
    finish(held(in_acme), "settled", 1, 1)
    with pytest.raises(NoRoom) as refused:
        call(in_acme)
    assert refused.value.spent


def test_a_refusal_holds_nothing_in_any_budget(in_acme: Person) -> None:
    wide, narrow = make_budget(in_acme, 100), make_budget(in_acme, 10, "tokens", f"model:{MODEL}")
    with pytest.raises(NoRoom) as refused:
        call(in_acme)
    assert refused.value.budget.id == narrow.id
    assert (state_of(wide), state_of(narrow)) == ((0, 0), (0, 0))


def test_a_refusal_says_how_many_tokens_would_fit(in_acme: Person) -> None:
    make_budget(in_acme, 120, "tokens")
    make_budget(in_acme, 100 * IN + 7 * OUT, "nanos")
    with pytest.raises(NoRoom) as refused:
        call(in_acme)
    assert refused.value.fits == 7
    held(in_acme, Item(MODEL, 100, 7))


def test_a_model_without_a_price_is_refused(in_acme: Person, budget: Budget) -> None:
    with pytest.raises(PriceUnknown):
        call(in_acme, Item("no-such-model", 1))
    assert state_of(budget) == (0, 0)


def test_only_budgets_of_the_calls_scopes_count(in_acme: Person) -> None:
    mine = [make_budget(in_acme, scope=f"person:{in_acme.user.pk}"), make_budget(in_acme, scope="role:owner")]
    others = [make_budget(in_acme, scope="role:developer"), make_budget(in_acme, scope="model:gpt-5")]
    held(in_acme)
    assert [state_of(one)[1] for one in (*mine, *others)] == [1, 1, 0, 0]


def test_a_soft_budget_admits_its_grace_and_no_more(in_acme: Person) -> None:
    budget = make_budget(in_acme, 20, grace=10)
    for _ in range(22):
        held(in_acme)
    with pytest.raises(NoRoom):
        call(in_acme)
    assert state_of(budget) == (0, 22)


def test_what_costs_more_than_was_held_is_charged_and_stops_the_next(in_acme: Person) -> None:
    budget = make_budget(in_acme, 200, "tokens")
    charged = finish(held(in_acme), "settled", 150, 100)
    budget.refresh_from_db()
    assert (budget.used, budget.reserved, budget.excess) == (250, 0, 50)
    assert charged.excess == ((budget.id, 50),)
    with pytest.raises(NoRoom):
        call(in_acme, Item(MODEL, 1))
    assert list(differences()) == []


def test_the_largest_call_there_is_fits_the_numbers(in_acme: Person) -> None:
    budget = make_budget(in_acme, 9 * 10**15, "nanos")
    finish(held(in_acme), "settled", MOST_TOKENS, MOST_TOKENS)
    assert state_of(budget)[0] == MOST_TOKENS * (IN + OUT)


def test_a_new_period_begins_by_itself_and_keeps_what_is_held(in_acme: Person, budget: Budget) -> None:
    finish(held(in_acme), "settled", 1, 1)
    hold_id = held(in_acme)
    yesterday = budget.window_start - timedelta(days=1)
    Budget.objects.filter(id=budget.id).update(window_start=yesterday)
    held(in_acme)
    assert state_of(budget) == (0, 2)
    assert budget.window_start == yesterday + timedelta(days=1)
    finish(hold_id, "settled", 1, 1)
    assert state_of(budget) == (1, 1)


def test_a_total_budget_never_begins_anew(in_acme: Person) -> None:
    budget = make_budget(in_acme, 5, period="total")
    before = budget.window_start - timedelta(days=400)
    Budget.objects.filter(id=budget.id).update(window_start=before)
    finish(held(in_acme), "settled", 1, 1)
    held(in_acme)
    assert state_of(budget) == (1, 1)
    assert budget.window_start == before


def _decided(person: Person, decision_id: str, **values: Any) -> None:  # noqa: ANN401 (columns)
    row = DecisionRow(
        person.organization.id,
        "person",
        "x",
        Permission.GUARD_CHECK.value,
        "guard",
        **{"action": "allow", "reason_codes": [Reason.CLEAN], "policy_version": "x", "id": decision_id} | values,
    )
    record_durably(row)


@pytest.mark.parametrize(
    ("decided", "state", "used"),
    [
        ({}, "expired", 1),
        ({"action": "block", "mode": "shadow"}, "expired", 1),
        ({"action": "block"}, "released", 0),
        (None, "released", 0),
    ],
)
def test_b02_what_nobody_settles_is_charged_where_somebody_was_answered(
    in_acme: Person, budget: Budget, decided: dict[str, str] | None, state: str, used: int
) -> None:
    hold_id = held(in_acme)
    row = Reservation.objects.get(id=hold_id)
    if decided is not None:
        _decided(in_acme, row.decision_id, **decided)
    assert sweep(10) == []
    expire(hold_id)
    [ended] = sweep(10)
    assert (ended.hold.state, ended.nanos) == (state, COST if used else 0)
    assert state_of(budget) == (used, 0)
    assert list(differences()) == []


def test_a_stream_that_goes_on_is_topped_up(in_acme: Person) -> None:
    budget = make_budget(in_acme, 200, "tokens")
    hold_id = held(in_acme)
    expire(hold_id)
    hold, open_ = top_up(hold_id, 50)
    assert (open_, hold.tokens_out, hold.expires_at > timezone.now()) == (True, 100, True)
    assert state_of(budget) == (0, 200)
    with pytest.raises(NoRoom):
        top_up(hold_id, 1)
    finish(hold_id, "settled", 100, 100)
    assert top_up(hold_id, 1)[1] is False
    assert state_of(budget) == (200, 0)


def test_estimates_are_learned_from_the_callers_own_calls(in_acme: Person) -> None:
    """Twenty calls that wrote 10 tokens: the next one holds 10, though it allows a million."""
    budget = make_budget(in_acme, 10_000, "tokens")
    for _ in range(20):
        finish(held(in_acme, Item(MODEL, 100, 50)), "settled", 100, 10)
    held(in_acme, Item(MODEL, 100, 1_000_000))
    assert state_of(budget)[1] == 110
    held(in_acme, Item(MODEL, 100, 5))
    assert state_of(budget)[1] == 215
    with pytest.raises(NoRoom):
        call(in_acme, Item("gpt-5", 100, 1_000_000))


def test_the_table_itself_refuses_to_be_overspent(in_acme: Person, budget: Budget) -> None:
    for values in ({"used": 101}, {"reserved": 101}, {"used": -1}, {"reserved": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Budget.objects.filter(id=budget.id).update(**values)


def test_reserving_does_not_wait_for_the_disk_and_settling_does(in_acme: Person, budget: Budget) -> None:
    hold_id = held(in_acme)
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone()[0] == "off"
        finish(hold_id, "settled", 1, 1)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone()[0] == "on"
