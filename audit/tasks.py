"""The record's housekeeping."""

from celery import shared_task
from django.db import connection

from audit.aside import Aside
from audit.outbox import drain, wakes

MONTHS_AHEAD = 3


@shared_task
def prepare_partitions() -> int:
    """Make the decision table's partitions for the coming months; returns how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_prepare_partitions(%s)", [MONTHS_AHEAD])
        row: tuple[int] = cursor.fetchone()
    return row[0]


@shared_task
def drop_empty_months() -> int:
    """Drop the months of decisions of which nothing is left and nothing is held; returns how many were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_drop_empty_months()")
        row: tuple[int] = cursor.fetchone()
    return row[0]


@shared_task
def sweep_idempotency() -> int:
    """Delete the answers that were kept for their time, and the claims of calls long done; returns how many answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_sweep_idempotency()")
        row: tuple[int] = cursor.fetchone()
    return row[0]


@shared_task
def drain_outbox() -> int:
    """Deliver what is owed and due."""
    return drain()


_waking = Aside("wake")


@wakes
def wake() -> None:
    """Have a worker asked to drain now; the sweep of every second is the guarantee.

    One asks at a time: while it waits for the broker, whatever is owed is left to the sweep.
    """
    _waking.ask(lambda: drain_outbox.apply_async(retry=False, expires=5))
