"""kill -9 of the worker at each step of the playbook: all of it is there, or nothing (B05)."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from audit.models import AuditEvent, LegalHold, OutboxMessage
from billing.disputes.models import DisputeCase, DisputeStep
from billing.disputes.states import State
from billing.entitlements.models import Freeze
from billing.ledger.models import Reservation
from billing.webhooks import inbox
from tenants.models import Organization
from tests.billing.disputes.conftest import Tenant
from tests.billing.ledger.conftest import held, make_budget
from tests.platform.running import eventually
from tests.server import databases

WORKER = """
import os
import django
django.setup()
from billing.vault import compat
from billing.webhooks import inbox
compat.point_at(os.environ["STRIPE_API_HOST"])
inbox.drain()
"""
STEPS = [
    "disputes_disputecase",
    "audit_legalhold",
    "disputes_disputestep",
    "audit_auditevent",
    "audit_outboxmessage",
    "entitlements_freeze",
    "ledger_reservation",
]
"""The tables that the playbook writes, in the order in which it first does; the last one just before the commit."""
BLOCKED = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = %s::regclass"


@contextmanager
def locked(table: str) -> Iterator["psycopg.Connection[tuple[int]]"]:
    """Let nobody write a table."""
    database = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database) as owner:
        owner.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield owner
        owner.rollback()


def killed_at(table: str, sandbox: str) -> None:
    """Start a worker, kill it once it is about to write a table, and wait until the database has noticed."""
    processor = {"STRIPE_API_HOST": sandbox, "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY}
    environment = os.environ | databases() | processor
    with locked(table) as owner:
        worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stderr=subprocess.PIPE)
        try:
            pid = eventually(lambda: worker.poll() is not None or owner.execute(BLOCKED, [table]).fetchone())
            assert isinstance(pid, tuple), worker.communicate()[1].decode()[-2_000:]
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
    database = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database, autocommit=True) as owner:
        gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
        eventually(lambda: owner.execute(gone, pid).fetchone() == (True,))


def left() -> dict[str, int]:
    """Return how many rows of each kind the playbook has left in the open organisation."""
    of_disputes = {"event__startswith": "disputes:"}
    return {
        "cases": DisputeCase.objects.count(),
        "steps": DisputeStep.objects.count(),
        "holds": LegalHold.objects.count(),
        "freezes": Freeze.objects.count(),
        "events": AuditEvent.objects.filter(**of_disputes).count(),
        "frozen": Organization.objects.filter(billing_status="frozen").count(),
        "ended": Reservation.objects.filter(expires_at__lt=timezone.now() + timedelta(seconds=1)).count(),
    }


def test_b05_a_worker_that_is_killed_leaves_nothing_and_the_next_one_all(committed_tenant: Tenant) -> None:
    tenant = committed_tenant
    tenant.stripe.deliver()
    make_budget(tenant.owner)
    held(tenant.owner)
    tenant.disputes()
    for event in tenant.stripe.events():
        assert tenant.stripe.post(event) == 200
    before = OutboxMessage.objects.count()
    for table in STEPS:
        killed_at(table, tenant.stripe.sandbox.url)
        assert set(left().values()) == {0}, table
        assert OutboxMessage.objects.count() == before, table
    eventually(lambda: inbox.drain() == 0 and DisputeCase.objects.exists())
    assert left() == {"cases": 1, "steps": 3, "holds": 1, "freezes": 1, "events": 1, "frozen": 1, "ended": 1}
    assert (DisputeCase.objects.get().state, OutboxMessage.objects.count()) == (State.CONTAINED, before + 1)


@pytest.mark.parametrize("table", ["disputes_debt", "audit_outboxmessage"])
def test_b05_a_kill_on_the_way_of_a_loss_leaves_it_frozen_and_not_half_lost(
    committed_tenant: Tenant, table: str
) -> None:
    tenant = committed_tenant
    dispute = tenant.disputes()
    tenant.stripe.deliver()
    tenant.stripe.simulate("decide", dispute=dispute, outcome="lost")
    for event in tenant.stripe.events():
        assert tenant.stripe.post(event) == 200
    before = left()
    killed_at(table, tenant.stripe.sandbox.url)
    assert left() == before
    assert DisputeCase.objects.get().state == State.CONTAINED
    eventually(lambda: inbox.drain() == 0 and DisputeCase.objects.get().state == State.LOST)
    assert Organization.objects.get().standing == "frozen"
