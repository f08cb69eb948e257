"""However many work on a case, and wherever they die: a try is made once, and nobody is charged twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from threading import Barrier

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from billing.recovery.engine import LEASE, advance
from billing.recovery.models import RecoveryAttempt, RecoveryCase
from tests.billing.peer import KEY
from tests.billing.recovery.conftest import Acme
from tests.platform.running import eventually
from tests.server import databases

SECOND = timedelta(seconds=1)


def planned(acme: Acme) -> datetime:
    """Let a payment fail whose next try will pay; return when that is due."""
    acme.card("pm_card_visa")
    acme.declines("insufficient_funds")
    acme.charge()
    acme.hears()
    due = acme.works().next_try
    assert due is not None
    return due + SECOND


def succeeded(acme: Acme) -> int:
    return sum(charge.status == "succeeded" for charge in acme.charges())


def test_b06_two_workers_at_once_make_one_try(acme: Acme) -> None:
    due, workers = planned(acme), 6
    case_id, together = acme.case().id, Barrier(workers)

    def work() -> bool:
        try:
            together.wait()
            return advance(case_id, due)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        took = [future.result() for future in [pool.submit(copy_context().run, work) for _ in range(workers)]]
    assert sorted(took) == [False] * (workers - 1) + [True]
    assert len(acme.charges()) == 2
    assert acme.tries() == [("first", "declined"), ("retry", "paid")]


def test_a_number_is_given_once_and_one_try_is_ahead(acme: Acme) -> None:
    planned(acme)
    case = acme.case()
    for number in (2, 3):
        with pytest.raises(IntegrityError), transaction.atomic():
            case.attempts.create(number=number, kind=RecoveryAttempt.Kind.RETRY, due_at=timezone.now())
    assert case.attempts.count() == 2


@contextmanager
def held_up(table: str) -> Iterator[None]:
    """Let nobody write to `table` until the block ends."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=_database()) as owner:
        owner.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
        yield
        owner.rollback()


def killed_while(acme: Acme, due: datetime, table: str) -> None:
    """Let a worker of its own step until it waits to write to `table`, and kill it there."""
    case = acme.case()
    command = [sys.executable, "-m", "tests.billing.recovery.worker", str(case.org_id), str(case.id), due.isoformat()]
    stripe = {"STRIPE_API_HOST": acme.stripe.sandbox.url, "STRIPE_SECRET_KEY": KEY}
    with held_up(table):
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ | databases() | stripe)
        try:
            eventually(lambda: process.poll() is not None or _is_waited_for(table))
            assert process.poll() is None
        finally:
            process.kill()
            process.wait()


def _is_waited_for(table: str) -> bool:
    wanted = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=_database()) as owner:
        return owner.execute(wanted, [table]).fetchone() is not None


def _database() -> str:
    return str(connections["default"].settings_dict["NAME"])


@pytest.mark.parametrize(
    ("table", "before"),
    [("processor_paymentoperation", 0), ("payments_invoicestate", 1)],
    ids=["before Stripe is asked", "after Stripe has answered"],
)
def test_w05_b06_a_killed_worker_charges_nobody_twice(acme: Acme, table: str, before: int) -> None:
    due = planned(acme)
    killed_while(acme, due, table)
    assert succeeded(acme) == before
    assert acme.tries() == [("first", "declined"), ("retry", "running")]
    assert not advance(acme.case().id, due + SECOND)
    case = acme.works(due + LEASE + SECOND)
    assert (case.state, succeeded(acme)) == (RecoveryCase.State.RECOVERED, 1)
    assert acme.tries() == [("first", "declined"), ("retry", "paid")]
    assert len(acme.charges()) == 2


def test_b06_a_lost_answer_is_asked_for_again(acme: Acme) -> None:
    due = planned(acme)
    acme.stripe.sandbox.chaos.set({"lose": 1})
    case = acme.works(due)
    assert (case.state, succeeded(acme), len(acme.charges())) == (RecoveryCase.State.RECOVERED, 1, 2)


def test_who_pays_meanwhile_is_not_charged_again(acme: Acme) -> None:
    due = planned(acme)
    invoice = acme.case().invoice.stripe_id
    acme.pays_on(acme.invoice(invoice).hosted_invoice_url, "pm_card_mastercard")
    case = acme.works(due)
    assert (case.state, case.recovered_by, succeeded(acme)) == (RecoveryCase.State.RECOVERED, "customer", 1)
    assert acme.tries() == [("first", "declined"), ("retry", "dropped")]
