"""The record's housekeeping."""

import logging
from threading import Lock, Thread

from celery import shared_task
from django.db import connection

from audit.outbox import drain, wakes

MONTHS_AHEAD = 3
log = logging.getLogger(__name__)


@shared_task
def prepare_partitions() -> int:
    """Make the decision table's partitions for the coming months; returns how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_prepare_partitions(%s)", [MONTHS_AHEAD])
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


_asking = Lock()


@wakes
def wake() -> None:
    """Have a worker asked to drain now; the sweep of every second is the guarantee.

    A thread asks, so that nobody waits for a broker that is down or hangs (four to nine seconds, measured), and one at
    a time: while it waits, whatever is owed is left to the sweep.
    """
    if _asking.acquire(blocking=False):
        Thread(target=_ask, name="wake", daemon=True).start()


def _ask() -> None:
    try:
        drain_outbox.apply_async(retry=False, expires=5)
    except Exception as error:  # whatever the broker's client throws
        log.warning("no worker was woken: %s", type(error).__name__)
    finally:
        _asking.release()
