"""Ten thousand calls against nested budgets by 32 processes, some of them killed: nothing overspent, nothing lost.

Then what a hold costs, beside what an organisation without budgets pays. The environment variables `ROUNDS`, `WORKERS`
and `KILLS` change the numbers.
"""

import os
import random
import secrets
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from django.db import transaction

from audit.ids import new_decision_id
from benchmarks import site
from billing.ledger import budgets
from billing.ledger.balance import differences
from billing.ledger.budgets import BudgetRequest
from billing.ledger.charging import Charge, conclude
from billing.ledger.models import Budget, Reservation, UsageEvent
from billing.ledger.prices import GUARD_MODEL
from billing.ledger.reservations import Item, NoRoom, finish, reserve, sweep, top_up
from billing.ledger.rules import rules_of
from tenants.guard import require
from tenants.permissions import Permission, Role
from tenants.principal import Level, Principal, PrincipalKind, Resource
from tenants.scope import org_scope

MODEL = "gpt-4.1"
KILL_EVERY = 1.0
"""Seconds between two kills."""
MEASURED = 1_000
BUDGETS = [
    BudgetRequest("org", "", "nanos", "month", 10**12),
    BudgetRequest("org", "", "requests", "total", 5_000),
    BudgetRequest("role", "owner", "tokens", "total", 500_000),
    BudgetRequest("model", MODEL, "nanos", "total", 10**11, 10),
]


def main() -> None:
    """Run the rounds, sweep what the killed left open, print what does not add up, and what it costs."""
    site.migrated()
    org_id = site.customer()[0].id
    _costs("without budgets", org_id)
    _make(org_id)
    _costs("with three of four budgets", org_id)
    rounds, workers, kills = (
        int(os.environ.get(name, usual)) for name, usual in (("ROUNDS", 10_000), ("WORKERS", 32), ("KILLS", 10))
    )
    since = time.perf_counter()
    killed = _run(org_id, rounds // workers, workers, kills)
    took = time.perf_counter() - since
    print(f"  {rounds:,} rounds by {workers} processes in {took:.0f} s: {rounds / took:,.0f} a second; {killed} killed")
    with org_scope(org_id):
        _report()


def _make(org_id: uuid.UUID) -> None:
    with org_scope(org_id):
        grant = require(_principal(org_id), Permission.BUDGETS_CHANGE, Resource("budgets", org_id))
        for wanted in BUDGETS:
            budgets.create(grant, wanted)


def _report() -> None:
    """Sweep, and print how the budgets stand: beyond the cap, short of it while calls were refused, and the drift."""
    open_ = Reservation.objects.filter(state="held")
    print(f"  left open by the killed and the forgetful, and swept: {open_.count():,}")
    open_.update(expires_at="2000-01-01T00:00:00Z")
    with transaction.atomic():
        while sweep(500):
            pass
    states = Counter(Reservation.objects.values_list("state", flat=True))
    print(f"  reservations: {dict(states)}; usage events: {UsageEvent.objects.count():,}")
    for budget in Budget.objects.all():
        over = max(0, budget.used + budget.reserved - budget.cap - budget.cap * budget.grace // 100)
        print(f"  {budget}: {budget.used:,} of {budget.cap:,} used, {budget.reserved:,} held, overshoot {over}")
    drift = list(differences())
    print(f"  drift: {len(drift)}", *drift, sep="\n    ")


def _run(org_id: uuid.UUID, share: int, workers: int, kills: int) -> int:
    """Let each process do its share; kill -9 one now and then, and start another for half of its share."""
    chance = random.Random(7)
    running = [_start(org_id, share) for _ in range(workers)]
    killed = 0
    while alive := [process for process in running if process.poll() is None]:
        with suppress(subprocess.TimeoutExpired):
            alive[0].wait(KILL_EVERY)
        if killed < kills:
            victim = chance.choice(alive)
            victim.kill()
            victim.wait()
            running.append(_start(org_id, share // 2))
            killed += 1
    return killed


def _start(org_id: uuid.UUID, rounds: int) -> "subprocess.Popen[bytes]":
    code = f"import django; django.setup(); from benchmarks.ledger import work; work({str(org_id)!r}, {rounds})"
    return subprocess.Popen([sys.executable, "-c", code])


def work(org: str, rounds: int) -> None:
    """Reserve, and settle, top up, release or forget at random: what one process does."""
    chance, org_id = random.Random(secrets.randbits(64)), uuid.UUID(org)
    principal = _principal(org_id)
    with org_scope(org_id):
        rules = rules_of(org_id, 1).budgets
        for _ in range(rounds):
            with suppress(NoRoom):
                read, most = chance.randrange(1, 200), chance.randrange(1, 200)
                admitted = reserve(principal, new_decision_id(), rules, [Item(MODEL, read, most)])
                _end(admitted.holds[0].id, chance, read, most)


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


def _costs(what: str, org_id: uuid.UUID) -> None:
    """Print what a guard call waits for here, by the clock and by this process's CPU."""
    principal = _principal(org_id)
    with org_scope(org_id):
        rules = rules_of(org_id, len(what)).budgets

        def call() -> None:
            conclude(Charge(reserve(principal, new_decision_id(), rules, [Item(GUARD_MODEL, 50, own=True)])))

        wall, cpu = _each(call)
    print(f"  {what:<28} {wall:9,.1f} µs by the clock  {cpu:8,.1f} µs of CPU")


def _each(call: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(MEASURED):
        call()
    return (time.perf_counter() - wall) / MEASURED * 1e6, (time.process_time() - cpu) / MEASURED * 1e6


def _principal(org_id: uuid.UUID) -> Principal:
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
