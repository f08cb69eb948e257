"""Random calls against nested budgets by many processes, some of them killed, and what came of the budgets."""

import os
import random
import secrets
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import transaction

from audit.ids import new_decision_id
from billing.ledger import budgets
from billing.ledger.balance import differences
from billing.ledger.budgets import BudgetRequest
from billing.ledger.models import Budget, Reservation, UsageEvent
from billing.ledger.reservations import Item, NoRoom, finish, reserve, sweep, top_up
from billing.ledger.rules import rules_of
from tenants.guard import require
from tenants.permissions import Permission, Role
from tenants.principal import Level, Principal, PrincipalKind, Resource
from tenants.scope import org_scope

MODEL = "gpt-4.1"
KILL_EVERY = 1.0
"""Seconds between two kills."""


@dataclass(slots=True)
class Outcome:
    """What the rounds left: calls that were refused, and how far budgets are from what they should be."""

    killed: int = 0
    refused: int = 0
    wrongly_refused: int = 0
    """Refused although what was asked for fits into what the refusal itself says is left."""
    swept: int = 0
    overshoot: int = 0
    undershoot: int = 0
    """What cannot be had of budgets that still have something left, once nothing is held any more."""
    drift: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    events: int = 0


def make(org_id: uuid.UUID, wanted: list[BudgetRequest]) -> None:
    """Make budgets of an organisation, in the place of those of its plan."""
    with org_scope(org_id):
        Budget.objects.all().delete()
        grant = require(principal(org_id), Permission.BUDGETS_CHANGE, Resource("budgets", org_id))
        for one in wanted:
            budgets.create(grant, one)


def run(org_id: uuid.UUID, rounds: int, workers: int, kills: int, urls: dict[str, str] | None = None) -> Outcome:
    """Let each process do its share, kill -9 one now and then for which another does half a share; then count."""
    outcome, chance, share = Outcome(), random.Random(7), rounds // workers
    running = [_start(org_id, share, urls) for _ in range(workers)]
    while alive := [process for process in running if process.poll() is None]:
        with suppress(subprocess.TimeoutExpired):
            alive[0].wait(KILL_EVERY)
        if outcome.killed < kills:
            victim = chance.choice(alive)
            victim.kill()
            victim.wait()
            running.append(_start(org_id, share // 2, urls))
            outcome.killed += 1
    for process in running:
        for line in process.communicate()[0].splitlines():
            refused, wrongly = map(int, line.split())
            outcome.refused, outcome.wrongly_refused = outcome.refused + refused, outcome.wrongly_refused + wrongly
    with org_scope(org_id):
        _count(org_id, outcome)
    return outcome


def _start(org_id: uuid.UUID, rounds: int, urls: dict[str, str] | None) -> "subprocess.Popen[bytes]":
    code = f"import django; django.setup(); from benchmarks.ledger_rounds import work; work({str(org_id)!r}, {rounds})"
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ | (urls or {}))


def work(org: str, rounds: int) -> None:
    """Reserve, and settle, top up, release or forget at random: what one process does; prints what was refused."""
    chance, org_id = random.Random(secrets.randbits(64)), uuid.UUID(org)
    who, refusals = principal(org_id), []
    with org_scope(org_id):
        rules = rules_of(org_id, 1).budgets
        for _ in range(rounds):
            read, most = chance.randrange(1, 200), chance.randrange(1, 200)
            try:
                hold = reserve(who, new_decision_id(), rules, [Item(MODEL, read, most)]).holds[0]
            except NoRoom as refusal:
                refusals.append(refusal.fits is not None and refusal.fits >= most)
                continue
            with suppress(NoRoom):
                _end(hold.id, chance, read, most)
    print(len(refusals), sum(refusals))


def _end(hold_id: uuid.UUID, chance: random.Random, read: int, most: int) -> None:
    match chance.randrange(8):
        case 0:
            return
        case 1 | 2:
            finish(hold_id, "released")
        case 3:
            top_up(hold_id, chance.randrange(1, 50))
            finish(hold_id, "settled", read, most)
        case _:
            finish(hold_id, "settled", read, chance.randrange(most))


def _count(org_id: uuid.UUID, outcome: Outcome) -> None:
    """Sweep, spend what is left to the last unit, and count what does not add up."""
    open_ = Reservation.objects.filter(state="held")
    outcome.swept = open_.update(expires_at="2000-01-01T00:00:00Z")
    with transaction.atomic():
        while sweep(500):
            pass
    for budget in Budget.objects.all():
        outcome.overshoot += max(0, budget.used + budget.reserved - bound(budget) - budget.excess)
    outcome.undershoot = sum(_left_over(org_id, budget) for budget in Budget.objects.filter(unit="requests"))
    outcome.states = Counter(Reservation.objects.values_list("state", flat=True))
    outcome.events = UsageEvent.objects.count()
    outcome.drift = list(differences())


def _left_over(org_id: uuid.UUID, budget: Budget) -> int:
    """Return what is left of a budget of requests when calls of nothing are refused by it; widens the others first."""
    for other in Budget.objects.exclude(id=budget.id):
        grant = require(principal(org_id), Permission.BUDGETS_RAISE, Resource("budgets", org_id))
        budgets.change(grant, other.id, 10**15, other.grace)
    rules = rules_of(org_id, 1).budgets
    with suppress(NoRoom):
        while True:
            finish(reserve(principal(org_id), new_decision_id(), rules, [Item(MODEL, 0, 0)]).holds[0].id, "settled")
    budget.refresh_from_db()
    return bound(budget) - budget.used - budget.reserved


def bound(budget: Budget) -> int:
    """Return what a budget admits."""
    return budget.cap + budget.cap * budget.grace // 100


def standings() -> Iterator[str]:
    """Yield how each budget of the open organisation stands."""
    for budget in Budget.objects.all():
        yield f"{budget}: {budget.used:,} of {budget.cap:,} used, {budget.reserved:,} held"


def principal(org_id: uuid.UUID) -> Principal:
    """Return somebody who may do all of it."""
    return Principal(
        kind=PrincipalKind.PERSON,
        id=str(org_id),
        org_id=org_id,
        label="bench",
        role=Role.OWNER,
        level=Level.AAL3,
        fresh=True,
        user_id=org_id,
    )
