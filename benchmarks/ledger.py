"""Ten thousand calls against nested budgets by 32 processes, some of them killed: nothing overspent, nothing lost.

Before that, what counting, holding and charging a guard call costs by the clock and by CPU, of this process and of its
PostgreSQL backend. The environment variables `ROUNDS`, `WORKERS` and `KILLS` change the numbers.
"""

import os
import time
import uuid
from collections.abc import Callable

from audit.ids import new_decision_id
from benchmarks import site
from benchmarks.ledger_rounds import MODEL, make, principal, run, standings
from benchmarks.load import cpu_seconds
from billing.ledger.budgets import BudgetRequest
from billing.ledger.prices import GUARD_MODEL
from billing.ledger.reservations import Item, reserve, settle_own
from billing.ledger.rules import rules_of
from billing.rate_limits import Limit, take
from tenants.postgresql.base import direct
from tenants.scope import org_scope

MEASURED, GROUP = 1_000, 20
"""Calls that are measured, and holds that are charged together."""
BUDGETS = [
    BudgetRequest("org", "", "nanos", "month", 10**12),
    BudgetRequest("org", "", "requests", "total", 5_000),
    BudgetRequest("role", "owner", "tokens", "total", 500_000),
    BudgetRequest("model", MODEL, "nanos", "total", 10**11, 10),
]
COSTS = [BudgetRequest("org", "", unit, "month", 10**15) for unit in ("nanos", "requests", "tokens")]


def main() -> None:
    """Print what a call costs; then run the rounds, and print what does not add up."""
    site.migrated()
    _costs()
    org_id = site.customer()[0].id
    make(org_id, BUDGETS)
    rounds, workers, kills = (
        int(os.environ.get(name, usual)) for name, usual in (("ROUNDS", 10_000), ("WORKERS", 32), ("KILLS", 10))
    )
    since = time.perf_counter()
    found = run(org_id, rounds, workers, kills)
    took = time.perf_counter() - since
    print(f"  {rounds:,} rounds by {workers} processes in {took:.0f} s; {found.killed} killed, {found.swept:,} swept")
    print(f"  reservations: {dict(found.states)}; usage events: {found.events:,}")
    with org_scope(org_id):
        print(*(f"  {line}" for line in standings()), sep="\n")
    print(f"  overshoot {found.overshoot}   undershoot {found.undershoot}   ", end="")
    print(f"refused {found.refused:,}, with room {found.wrongly_refused}   drift {len(found.drift)}", *found.drift)


def _costs() -> None:
    """Print what each statement of a guard call costs, with no budget and with the three of a plan."""
    _each("SELECT 1", lambda: direct.ask("SELECT 1", {}))
    limits = Limit("key:bench", 10**8), Limit("org:bench", 10**8)
    _each("count two rate limits", lambda: take(*limits))
    for what, wanted in (("no budget", []), ("three budgets", COSTS)):
        org_id = site.customer()[0].id
        make(org_id, wanted)
        with org_scope(org_id):
            _holding(org_id, what)


def _holding(org_id: uuid.UUID, what: str) -> None:
    rules, who = rules_of(org_id, 1).budgets, principal(org_id)
    held: list[uuid.UUID] = []

    def hold() -> None:
        held.append(reserve(who, new_decision_id(), rules, [Item(GUARD_MODEL, 50, own=True)]).holds[0].id)

    def charge() -> None:
        settle_own([held.pop() for _ in range(GROUP)])

    _each(f"hold, {what}", hold, MEASURED + GROUP)
    _each(f"charge in groups of {GROUP}, {what}", charge, MEASURED // GROUP, GROUP)


def _each(what: str, call: Callable[[], object], times: int = MEASURED, calls: int = 1) -> None:
    """Print what one of `calls` calls of a statement costs."""
    direct.ensure_connection()
    backend: list[int] = [direct.connection.info.backend_pid]
    wall, cpu, server = time.perf_counter(), time.process_time(), cpu_seconds(backend)
    for _ in range(times):
        call()
    spent = (time.perf_counter() - wall, time.process_time() - cpu, cpu_seconds(backend) - server)
    clock, ours, theirs = (each / times / calls * 1e6 for each in spent)
    print(f"  {what:<40}{clock:9,.0f} µs by the clock {ours:7,.0f} µs CPU here {theirs:7,.0f} µs CPU of PostgreSQL")
