"""The guard's own holds are charged in groups: one statement for what the calls of a worker left in a moment.

Their decisions are on disk by then, so that a worker that is killed leaves the rest to the sweep, which charges them.
"""

import atexit
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection

from billing.ledger.alerts import tell_of
from billing.ledger.reservations import settle_own
from tenants.scope import current_org_id, org_scope

BATCH = 500
MOST_WAITING = 20_000
"""Holds that a worker keeps for a database that does not answer; what is beyond is the sweep's."""

log = logging.getLogger(__name__)


class Settler:
    """The charging of one process, and its thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: defaultdict[UUID, list[UUID]] = defaultdict(list)
        self._count = 0
        self._something = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, org_id: UUID, hold_ids: list[UUID]) -> None:
        """Have holds charged in a moment."""
        with self._lock:
            if self._count >= MOST_WAITING:
                return
            self._waiting[org_id] += hold_ids
            self._count += len(hold_ids)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="settler", daemon=True)
                self._thread.start()
        self._something.set()

    def flush(self) -> None:
        """Charge all that waits, by this thread's connection."""
        with self._lock:
            waiting, self._waiting, self._count = self._waiting, defaultdict(list), 0
        for org_id, hold_ids in waiting.items():
            with org_scope(org_id):
                settle_now(hold_ids)

    def _run(self) -> None:
        while True:
            self._something.wait()
            time.sleep(settings.CHARGES_GATHERED)
            self._something.clear()
            self.flush()
            connection.close()  # back to the pool until there is something again


def settle_soon(hold_ids: list[UUID]) -> None:
    """Charge holds of the open organisation: with others in a moment, or at once where nothing is gathered."""
    if settings.CHARGES_GATHERED:
        _settler_of(os.getpid()).add(current_org_id(), hold_ids)
    else:
        settle_now(hold_ids)


def settle_now(hold_ids: list[UUID]) -> None:
    """Charge holds of the open organisation, and tell whom it concerns which shares were reached."""
    for start in range(0, len(hold_ids), BATCH):
        with left_to_the_sweep():
            tell_of(settle_own(hold_ids[start : start + BATCH]))


@contextmanager
def left_to_the_sweep() -> Iterator[None]:
    """Let a database that fails now not take the answer with it: what is held goes on counting until the sweep."""
    try:
        yield
    except DatabaseError:
        log.exception("reservations were left to the sweep")


@cache
def _settler_of(_pid: int) -> Settler:
    settler = Settler()
    atexit.register(settler.flush)
    return settler
