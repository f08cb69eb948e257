"""Group commit: every decision that was answered is on disk, whatever happens to the connection."""

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
from django.db import connections, transaction

from audit.models import Decision
from audit.reasons import Reason
from audit.record import DecisionRow
from audit.recorder import Recorder, RecordFailed, record_durably
from tenants.scope import org_scope


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.close()


def _row(org_id: uuid.UUID, **values: str) -> DecisionRow:
    facts = {"principal_kind": "person", "principal_id": "p", "permission": "keys:read", "resource": "keys"} | values
    return DecisionRow(org_id=org_id, action="allow", reason_codes=[Reason.CLEAN], policy_version="t", **facts)  # type: ignore[arg-type]  # options of several types


def _recorded(org_id: uuid.UUID) -> Counter[str]:
    with org_scope(org_id):
        return Counter(Decision.objects.values_list("id", flat=True))


def _as_recorder() -> "psycopg.Connection[tuple[object, ...]]":
    database = str(connections["default"].settings_dict["NAME"])
    return psycopg.connect(os.environ["DATABASE_RECORDER_URL"], dbname=database, autocommit=True)


def test_every_decision_of_32_threads_is_there_once(committed: None) -> None:
    org_id = uuid.uuid4()
    with ThreadPoolExecutor(32) as threads:
        answered = list(threads.map(lambda _: record_durably(_row(org_id)), range(640)))
    assert _recorded(org_id) == Counter(answered)
    assert len(set(answered)) == 640


def test_a_killed_connection_loses_nothing_that_was_answered(committed: None) -> None:
    """The recorder's own server process is ended again and again while 16 threads write."""
    org_id, over = uuid.uuid4(), Event()
    ended = 0

    def write(_: int) -> str:
        try:
            return record_durably(_row(org_id))
        except RecordFailed:
            return ""

    with ThreadPoolExecutor(16) as threads, _as_recorder() as killer:
        answers = threads.map(write, range(800))

        def collect() -> list[str]:
            try:
                return list(answers)
            finally:
                over.set()

        collected = ThreadPoolExecutor(1).submit(collect)
        for _ in range(20):
            if over.wait(0.02):
                break
            cursor = killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = current_user AND pid <> pg_backend_pid()"
            )
            ended += cursor.rowcount
        answered = collected.result()
    acknowledged = {identifier for identifier in answered if identifier}
    recorded = _recorded(org_id)
    assert ended > 0, "nothing was killed"
    assert acknowledged <= set(recorded)
    assert set(recorded.values()) == {1}
    assert len(acknowledged) > 400


def test_a_row_that_cannot_be_written_fails_alone(committed: None, recorder: Recorder) -> None:
    """One tenant's bad row must not refuse the requests of another that were in the same batch."""
    mine, theirs = uuid.uuid4(), uuid.uuid4()
    bad = _row(theirs, principal_id="x" * 41)

    def write(row: DecisionRow) -> bool:
        try:
            recorder.record(row)
        except RecordFailed:
            return False
        return True

    rows = [bad if number % 4 == 0 else _row(mine) for number in range(32)]
    with ThreadPoolExecutor(32) as threads:
        written = list(threads.map(write, rows))
    assert written == [row is not bad for row in rows]
    assert sum(_recorded(mine).values()) == 24
    assert not _recorded(theirs)


def test_a_database_that_does_not_answer_refuses_everybody_in_time(
    committed: None, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes gives up as those do who wait for it; what comes after the table is free again is recorded."""
    org_id = uuid.uuid4()
    recorder.record(_row(org_id))

    def write(_: int) -> bool:
        try:
            recorder.record(_row(org_id))
        except RecordFailed:
            return False
        return True

    with connections["owner"].cursor() as cursor, transaction.atomic(using="owner"):
        cursor.execute("LOCK TABLE audit_decision")
        monkeypatch.setattr("audit.recorder.PATIENCE", 0.2)
        with ThreadPoolExecutor(8) as threads:
            assert not any(threads.map(write, range(16)))
    monkeypatch.undo()
    assert write(0)
    assert sum(_recorded(org_id).values()) >= 2


def test_what_the_database_cannot_hold_is_replaced_not_lost(committed: None) -> None:
    org_id = uuid.uuid4()
    record_durably(_row(org_id, principal_label="a\x00b"))
    with org_scope(org_id):
        assert Decision.objects.get().principal_label == "a\ufffdb"


def test_the_same_decision_is_written_once(committed: None) -> None:
    org_id = uuid.uuid4()
    row = _row(org_id)
    assert [record_durably(row), record_durably(row)] == [row.id, row.id]
    assert _recorded(org_id) == Counter([row.id])


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT id FROM audit_decision",
        "UPDATE audit_decision SET action = 'allow'",
        "DELETE FROM audit_decision",
        "TRUNCATE audit_decision",
        "INSERT INTO audit_auditevent DEFAULT VALUES",
        "SELECT 1 FROM accounts_user",
        "SELECT 1 FROM tenants_scopekey",
    ],
)
def test_a02_the_recorder_may_add_decisions_and_nothing_else(committed: None, statement: str) -> None:
    with _as_recorder() as recorder, pytest.raises(psycopg.errors.InsufficientPrivilege):
        recorder.execute(statement.encode())
