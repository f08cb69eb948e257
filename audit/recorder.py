"""Group commit: decisions of concurrent requests reach the disk together, and each request waits for its own.

`record()` returns after the commit, so an answered decision survives a kill of any process. Of the requests of a
process one at a time writes: its own decision and all that came in while the last commit ran, in one statement, as a
database role that may insert decisions and do nothing else. Then the first that came meanwhile writes. A request that
is alone hands nothing to another thread, which would cost more than the statement.
"""

import atexit
import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

import psycopg
from django.conf import settings
from django.db import connections
from psycopg.abc import RV, PQGen
from psycopg.conninfo import make_conninfo

from audit.idempotency import KEEP, AlreadyAnswered, AnswerRow, answers_as_json
from audit.record import INSERT, DecisionRow, NotAdmitted, is_stop, rows_as_json

PATIENCE = 10.0
"""Seconds a request waits for its decision to be on disk before it is refused."""
BATCH = 500
_KEEP_AND_INSERT = f"WITH answers AS ({KEEP}) {INSERT}"

log = logging.getLogger(__name__)


class RecordFailed(Exception):
    """The decision could not be put on disk; the caller must refuse."""


class _Pending:
    """The decisions of one request on their way to the disk, with its answer where that is to be kept."""

    __slots__ = ("answer", "error", "leads", "rows", "woken")

    def __init__(self, rows: Sequence[DecisionRow], answer: AnswerRow | None) -> None:
        self.rows = rows
        self.answer = answer
        self.woken = threading.Event()  # written, or to write
        self.leads = False
        self.error: Exception | None = None


class _Connection(psycopg.Connection[tuple[object, ...]]):
    """A connection on which nobody waits for an answer beyond the moment `until`."""

    until = math.inf

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        return super().wait(gen, interval, max(0.0, self.until - time.monotonic()))


class Recorder:
    """The writing of one process, and its connection."""

    def __init__(self) -> None:
        self._waiting: deque[_Pending] = deque()
        self._lock = threading.Lock()
        self._writing = False
        self._connection: _Connection | None = None

    def record(self, *rows: DecisionRow, answer: AnswerRow | None = None) -> None:
        """Return once all of it is committed; raise `RecordFailed` if it is not within `PATIENCE`.

        Raises `AlreadyAnswered` if an answer to the same call is kept already, and `NotAdmitted` if the organisation
        was stopped meanwhile; then none of it is recorded.
        """
        pending = _Pending(rows, answer)
        with self._lock:
            self._waiting.append(pending)
            leads, self._writing = not self._writing, True
        if leads or self._is_to_lead(pending):
            self._lead()
        if isinstance(pending.error, psycopg.errors.UniqueViolation):
            raise AlreadyAnswered from pending.error
        if is_stop(pending.error):
            raise NotAdmitted from pending.error
        if pending.error is not None:
            raise RecordFailed("The decision was not committed.") from pending.error

    def _is_to_lead(self, pending: _Pending) -> bool:
        """Wait until another request has written `pending`, or until this one is to write."""
        if not pending.woken.wait(PATIENCE):
            with self._lock:
                if not pending.leads:
                    with suppress(ValueError):  # it is being written
                        self._waiting.remove(pending)
                    raise RecordFailed("The decision was not committed in time.")
        return pending.leads

    def _lead(self) -> None:
        """Write what is waiting, the own decision with it, and leave the rest to the first that came meanwhile."""
        try:
            self._settle(self._next_batch())
        finally:
            with self._lock:
                self._writing = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].leads = True
                    self._waiting[0].woken.set()

    def _settle(self, batch: list[_Pending]) -> None:
        """Write a batch and tell those who wait. A row that cannot be written fails alone, not with its neighbours."""
        error = self._write_twice(batch)
        if len(batch) > 1 and isinstance(error, (psycopg.DataError, psycopg.IntegrityError, TypeError)):
            for pending in batch:
                self._settle([pending])
            return
        for pending in batch:
            pending.error = error
            pending.woken.set()

    def _next_batch(self) -> list[_Pending]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _write_twice(self, batch: list[_Pending]) -> Exception | None:
        """Write, once more on a new connection if the first was lost; a row that did get in is not doubled."""
        until = time.monotonic() + PATIENCE
        for _ in range(2):
            try:
                self._write(batch, until)
            except psycopg.OperationalError as error:
                self.close()
                failure: Exception = error
            except (psycopg.errors.UniqueViolation, psycopg.errors.CheckViolation) as error:
                return error
            except Exception as error:
                log.exception("decisions were not recorded")
                return error
            else:
                return None
        return failure

    def close(self) -> None:
        """End the connection; the next decision makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, batch: list[_Pending], until: float) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = _Connection.connect(_address(), autocommit=True, connect_timeout=5)
        self._connection.until = until
        rows = rows_as_json([row for pending in batch for row in pending.rows])
        answers = [pending.answer for pending in batch if pending.answer is not None]
        if answers:
            self._connection.execute(_KEEP_AND_INSERT, [answers_as_json(answers), rows])
        else:
            self._connection.execute(INSERT, [rows])


def _address() -> str:
    return make_conninfo(settings.RECORDER_URL, dbname=str(connections["default"].settings_dict["NAME"]))


@cache
def _recorder_of(_pid: int) -> Recorder:
    recorder = Recorder()
    atexit.register(recorder.close)
    return recorder


def record_durably(row: DecisionRow) -> str:
    """Commit a decision on its own, whatever becomes of the caller's transaction; returns its id."""
    _recorder_of(os.getpid()).record(row)
    return row.id


def record_all_durably(rows: Sequence[DecisionRow], answer: AnswerRow | None = None) -> None:
    """Commit the decisions of one request, and its answer where it is to be kept, together or not at all."""
    _recorder_of(os.getpid()).record(*rows, answer=answer)
