"""Many connections at once: never over a cap, never under what was used, and the books agree (B01)."""

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain

import pytest
from django.db import connections

from benchmarks.ledger_rounds import make, run
from billing.ledger.balance import differences
from billing.ledger.budgets import BudgetRequest
from billing.ledger.models import Budget, Reservation, UsageEvent
from billing.ledger.reservations import Item, NoRoom, finish, top_up
from billing.ledger.tasks import sweep_expired, sweep_organization
from tenants.scope import org_scope
from tests.billing.ledger.conftest import MODEL, call, expire, held, leave_plan, make_budget, state_of
from tests.committed import new_owner
from tests.people import Person
from tests.server import databases

THREADS, ROUNDS = 8, 30


@pytest.fixture
def owner(committed: None) -> Iterator[Person]:
    """Somebody whose organisation is committed, and open."""
    person = new_owner()
    with org_scope(person.organization.id):
        leave_plan()
        yield person


def _at_once(owner: Person, work: Callable[[int], list[int]]) -> list[int]:
    def run(seed: int) -> list[int]:
        try:
            with org_scope(owner.organization.id):
                return work(seed)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(chain.from_iterable(threads.map(run, range(THREADS))))


@pytest.mark.parametrize("cap", [1, 7, 50])
def test_b01_parallel_calls_get_exactly_the_cap(owner: Person, cap: int) -> None:
    budget = make_budget(owner, cap)
    make_budget(owner, 10_000, scope="role:owner")
    make_budget(owner, 10**12, "nanos", scope=f"model:{MODEL}")

    def work(_: int) -> list[int]:
        got = []
        for _ in range(ROUNDS // 3):
            try:
                got.append(len(call(owner).holds))
            except NoRoom:
                got.append(0)
        return got

    assert sum(_at_once(owner, work)) == cap if cap < THREADS * ROUNDS // 3 else True
    assert state_of(budget) == (0, cap)
    assert list(differences()) == []


def test_b01_random_calls_leave_books_that_agree(owner: Person) -> None:
    budgets = [
        make_budget(owner, 30_000, "tokens"),
        make_budget(owner, 200),
        make_budget(owner, 40, scope="role:owner"),
    ]

    def work(seed: int) -> list[int]:
        chance = random.Random(seed)
        return [_round(owner, chance) for _ in range(ROUNDS)]

    admitted = sum(_at_once(owner, work))
    assert 0 < admitted <= THREADS * ROUNDS
    for one in budgets:
        used, reserved = state_of(one)
        assert used + reserved <= one.cap + one.excess
    assert (
        UsageEvent.objects.count() + Reservation.objects.exclude(state__in=["settled", "expired"]).count() == admitted
    )
    assert list(differences()) == []


def _round(owner: Person, chance: random.Random) -> int:
    """Hold, and end it somehow or not at all; returns 1 if it was admitted, whether or not a top-up had room."""
    try:
        hold_id = held(owner, Item(MODEL, chance.randrange(1, 200), chance.randrange(200)))
    except NoRoom:
        return 0
    with suppress(NoRoom):
        match chance.randrange(5):
            case 0:
                finish(hold_id, "released")
            case 1:
                top_up(hold_id, chance.randrange(1, 50))
            case 2 | 3:
                finish(hold_id, "settled", chance.randrange(200), chance.randrange(200))
    return 1


def test_b02_the_sweep_ends_what_is_past_its_time_and_two_sweeps_end_it_once(owner: Person) -> None:
    budget = make_budget(owner)
    for _ in range(20):
        expire(held(owner))
    alive = held(owner)
    org_id = str(owner.organization.id)
    swept = _at_once(owner, lambda _: [sweep_organization(org_id)])
    assert sum(swept) == 20
    assert state_of(budget) == (0, 1), "nobody was answered: nothing is charged"
    assert Reservation.objects.get(state="held").id == alive


def test_the_sweep_finds_organisations_and_reads_none(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_budget(owner)
    expire(held(owner))
    asked: list[str] = []
    monkeypatch.setattr(sweep_organization, "apply_async", lambda args, retry: asked.append(args[0]))
    sweep_expired()
    assert str(owner.organization.id) in asked
    assert Budget.objects.count() == 1


def test_b01_b02_killed_processes_leave_nothing_overspent_refused_in_vain_or_lost(owner: Person) -> None:
    """The benchmark's rounds, small: 4 processes of their own, of which 2 are killed."""
    org_id = owner.organization.id
    make(org_id, [BudgetRequest("org", "", "requests", "total", 120), BudgetRequest("org", "", "tokens", "day", 10**6)])
    found = run(org_id, 200, 4, 2, databases())
    assert (found.overshoot, found.undershoot, found.wrongly_refused, found.drift) == (0, 0, 0, [])
    assert found.killed == 2
    assert found.events == found.states["settled"] + found.states["expired"] == 120


def test_forked_processes_hold_by_connections_of_their_own(owner: Person) -> None:
    """A process that is forked after its parent has used the database reads no answer that is another's."""
    budget = make_budget(owner, 100)
    children = [_forked(owner) for _ in range(4)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert state_of(budget) == (0, 20)


def _forked(owner: Person) -> int:
    child = os.fork()
    if child:
        return child
    try:
        for _ in range(5):
            held(owner)
        os._exit(0)
    finally:
        os._exit(1)
