"""kill -9 of the web server in the middle of a call: an effect and its record are both there, or neither (A03)."""

import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from email.message import Message
from threading import Event

import orjson
import psycopg
import pytest
from django.db import connections, transaction
from django.utils import timezone

from audit.idempotency import LONGEST
from audit.models import AuditEvent, Decision, IdempotencyClaim, KeptAnswer
from billing.ledger.balance import differences
from billing.ledger.models import Budget, Reservation
from billing.ledger.reservations import sweep
from promptguard.models import DecisionReport
from tenants.scope import org_scope
from tests.billing.ledger.conftest import MODEL, leave_plan, make_budget
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import Person
from tests.server import WebServer, free_port

PATIENCE = 60.0
Answer = tuple[int, Message, bytes]


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server that a test may kill; it starts it again."""
    started = WebServer(free_port(), tmp_path_factory.mktemp("killed") / "web.log")
    started.start()
    yield started
    started.stop()


def _post(web: WebServer, secret: str, path: str, body: object, **headers: str) -> Answer:
    """Return status, headers and body; raises `OSError` where the server is gone."""
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"} | headers
    request = urllib.request.Request(web.url + path, orjson.dumps(body), headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def _as_owner() -> "psycopg.Connection[tuple[object, ...]]":
    database = str(connections["default"].settings_dict["NAME"])
    return psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database)


@contextmanager
def _held_up(table: str, mode: str) -> Iterator[None]:
    """Let nobody past `table` until the block ends."""
    with _as_owner() as owner:
        owner.execute(f"LOCK TABLE {table} IN {mode} MODE".encode())
        yield
        owner.rollback()


def _wait_for_waiting(table: str, waiting: bool) -> None:
    asked = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = %s::regclass)"
    never = Event()
    with _as_owner() as owner:
        owner.autocommit = True
        for _ in range(int(PATIENCE / 0.02)):
            if owner.execute(asked, [table]).fetchone() == (waiting,):
                return
            never.wait(0.02)
    raise AssertionError(f"Nobody came to {table}." if waiting else f"Somebody still waits for {table}.")


def _counts(person: Person) -> dict[str, int]:
    with org_scope(person.organization.id):
        return {
            "reports": DecisionReport.objects.count(),
            "told": AuditEvent.objects.filter(event="promptguard:decision:reported").count(),
            "recorded": Decision.objects.filter(permission="decisions:report").count(),
            "kept": KeptAnswer.objects.count(),
        }


def _lost(call: "Future[Answer]") -> bool:
    return isinstance(call.exception(PATIENCE), OSError)


@pytest.mark.parametrize("table", ["audit_decision", "audit_auditevent", "audit_keptanswer"])
def test_a03_a_report_and_its_record_are_both_there_or_neither(web: WebServer, committed: None, table: str) -> None:
    """The kill comes while the call waits to write the first row, the last one, and the answer that is kept."""
    owner = new_owner()
    _, secret = owner.key()
    decision_id = orjson.loads(_post(web, secret, "/v1/guard", {"input": "hello"})[2])["decision_id"]
    path, body = f"/v1/decisions/{decision_id}/report", {"expected_action": "block"}
    key = {} if table != "audit_keptanswer" else {"Idempotency-Key": "k"}
    with ThreadPoolExecutor(1) as threads, _held_up(table, "SHARE ROW EXCLUSIVE"):
        call = threads.submit(_post, web, secret, path, body, **key)
        _wait_for_waiting(table, True)
        assert set(_counts(owner).values()) == {0}, "something happened before all of it was recorded"
        web.stop(signal.SIGKILL)
        assert _lost(call)
    _wait_for_waiting(table, False)
    assert set(_counts(owner).values()) == {0}
    web.start()
    assert _post(web, secret, path, body)[0] == 201
    assert _counts(owner) == {"reports": 1, "told": 1, "recorded": 1, "kept": 0}


def _guarded(person: Person) -> int:
    with org_scope(person.organization.id):
        return Decision.objects.filter(permission="guard:check").count()


def _set_claims(person: Person, moment: datetime) -> None:
    with org_scope(person.organization.id):
        assert IdempotencyClaim.objects.update(created_at=moment) == 1


def test_a_claim_outlives_a_kill_and_not_its_time(web: WebServer, committed: None) -> None:
    """Killed between claim and decision: the next call is told to wait, and answered once the claim has run out."""
    owner = new_owner()
    _, secret = owner.key()
    with ThreadPoolExecutor(1) as threads, _held_up("promptguard_guardpolicy", "ACCESS EXCLUSIVE"):
        call = threads.submit(_post, web, secret, "/v1/guard", {"input": "hello"}, **{"Idempotency-Key": "k"})
        _wait_for_waiting("promptguard_guardpolicy", True)
        web.stop(signal.SIGKILL)
        assert _lost(call)
    web.start()
    _set_claims(owner, timezone.now())
    status, headers, _ = _post(web, secret, "/v1/guard", {"input": "hello"}, **{"Idempotency-Key": "k"})
    assert (status, headers["Retry-After"], _guarded(owner)) == (409, "1", 0)
    _set_claims(owner, timezone.now() - LONGEST)
    answers = [_post(web, secret, "/v1/guard", {"input": "hello"}, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer[0] for answer in answers] == [200, 200]
    assert answers[0][2] == answers[1][2]
    assert _guarded(owner) == 1


def test_a_kill_while_the_decision_is_written_loses_and_doubles_nothing(web: WebServer, committed: None) -> None:
    """Whether the statement got through or not, decision and kept answer agree."""
    owner = new_owner()
    _, secret = owner.key()
    assert _post(web, secret, "/v1/guard", {"input": "first"})[0] == 200
    with ThreadPoolExecutor(1) as threads, _held_up("audit_decision", "SHARE ROW EXCLUSIVE"):
        call = threads.submit(_post, web, secret, "/v1/guard", {"input": "hello"}, **{"Idempotency-Key": "k"})
        _wait_for_waiting("audit_decision", True)
        assert _counts(owner)["kept"] == 0
        web.stop(signal.SIGKILL)
        assert _lost(call)
    _wait_for_waiting("audit_decision", False)
    web.start()
    assert _guarded(owner) == 1 + _counts(owner)["kept"]
    _set_claims(owner, timezone.now() - LONGEST)
    answers = [_post(web, secret, "/v1/guard", {"input": "hello"}, **{"Idempotency-Key": "k"}) for _ in range(3)]
    assert {answer[0] for answer in answers} == {200}
    assert len({answer[2] for answer in answers}) == 1
    assert (_guarded(owner), _counts(owner)["kept"]) == (2, 1)


@pytest.mark.parametrize("table", ["audit_decision", "ledger_usageevent"])
def test_b02_a_kill_between_hold_and_charge_leaves_books_that_agree(
    web: WebServer, committed: None, table: str
) -> None:
    """Killed before the decision is on disk: nobody was answered, nobody pays. After the answer: all of it is charged.

    A statement that was under way may get through after all; which of the two it was, the decision tells.
    """
    owner = new_owner()
    _, secret = owner.key()
    with org_scope(owner.organization.id):
        leave_plan()
        budget = make_budget(owner)
    with ThreadPoolExecutor(1) as threads, _held_up(table, "SHARE ROW EXCLUSIVE"):
        call = threads.submit(_post, web, secret, "/v1/guard", {"input": "hello", "model": MODEL})
        answered = table == "ledger_usageevent"
        assert not answered or call.result(PATIENCE)[0] == 200
        _wait_for_waiting(table, True)
        web.stop(signal.SIGKILL)
        assert answered or _lost(call)
    _wait_for_waiting(table, False)
    with org_scope(owner.organization.id):
        assert _guarded(owner) == 1 or not answered
        assert sum(_standing(budget)) == 2
        Reservation.objects.filter(state="held").update(expires_at=timezone.now())
        with transaction.atomic():
            sweep(10)
        assert _standing(budget) == (2 * _guarded(owner), 0)
        assert list(differences()) == []
    web.start()
    assert _post(web, secret, "/v1/guard", {"input": "hello"})[0] == 200


def _standing(budget: Budget) -> tuple[int, int]:
    budget.refresh_from_db()
    return budget.used, budget.reserved
