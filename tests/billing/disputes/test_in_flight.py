"""B05: two hundred callers at once at the real server while a chargeback comes in.

*Admitted* is a call whose yes is on disk: nobody is answered before that (docs/one-request.md). The database's clock
says when each yes was written, and when the stop was, under the lock that the one shares and the other has alone.
"""

import os
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

import orjson
import psycopg
import pytest
from django.db import connections

from accounts.models import ApiKey
from billing.webhooks import inbox
from tenants.models import Organization
from tests.billing.disputes.conftest import Tenant
from tests.platform.running import eventually
from tests.server import WebServer

CALLERS = 200
BODY = orjson.dumps({"input": "What is the capital of France?"})
CLOCK = """
CREATE TABLE seen_at (org_id uuid, what text, id text, at timestamptz);
CREATE FUNCTION note_decision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.seen_at VALUES (NEW.org_id, NEW.action, NEW.id, clock_timestamp());
    RETURN NULL;
END $$;
CREATE FUNCTION note_stop() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.seen_at VALUES (NEW.org_id, 'stop', '', clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER noted AFTER INSERT ON audit_decision FOR EACH ROW EXECUTE FUNCTION note_decision();
CREATE TRIGGER noted AFTER INSERT ON audit_stopped FOR EACH ROW EXECUTE FUNCTION note_stop();
"""
NO_CLOCK = """
DROP TRIGGER noted ON audit_decision; DROP TRIGGER noted ON audit_stopped;
DROP FUNCTION note_decision; DROP FUNCTION note_stop; DROP TABLE seen_at;
"""


@pytest.fixture
def clock(committed: None) -> Iterator["psycopg.Connection[Any]"]:
    """The owner's connection; while it is open the database notes when decisions and stops are written."""
    database = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database, autocommit=True) as owner:
        owner.execute(CLOCK)
        yield owner
        owner.execute(NO_CLOCK)


@dataclass
class Callers:
    """People's programs: each asks again as soon as it is answered, until it is refused."""

    port: int
    secret: str
    answers: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self.threads = [threading.Thread(target=self._run) for _ in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def _run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            while self.ask(connection) == 200:
                pass
        except Exception as error:  # whatever it is, it fails the test
            self.errors.append(repr(error))
        finally:
            connection.close()

    def ask(self, connection: HTTPConnection) -> int:
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/guard", BODY, headers)
        response = connection.getresponse()
        told = response.read()
        self.answers.append((response.status, response.headers.get("x-decision-id", ""), orjson.loads(told)))
        return response.status

    def count(self, status: int) -> int:
        return sum(one == status for one, _, _ in list(self.answers))


def seen(clock: "psycopg.Connection[Any]", org_id: uuid.UUID) -> list[tuple[str, str, Any]]:
    return clock.execute("SELECT what, id, at FROM seen_at WHERE org_id = %s ORDER BY at", [org_id]).fetchall()


def test_b05_of_two_hundred_callers_none_is_admitted_after_the_freeze(
    server: WebServer, committed_tenant: Tenant, clock: "psycopg.Connection[Any]"
) -> None:
    tenant = committed_tenant
    org_id = tenant.organization.id
    Organization.objects.update(requests_per_minute=10**6)
    _, secret = tenant.owner.key()
    ApiKey.objects.update(requests_per_minute=10**5)
    tenant.disputes()
    for event in tenant.stripe.events():
        assert tenant.stripe.post(event) == 200
    callers = Callers(server.port, secret)
    callers.start()
    eventually(lambda: callers.count(200) >= CALLERS)
    while inbox.drain():
        pass
    assert Organization.objects.get().standing == "frozen"
    for thread in callers.threads:
        thread.join(120)
    assert callers.errors == []

    rows = seen(clock, org_id)
    [stopped] = [at for what, _, at in rows if what == "stop"]
    admitted = {id for what, id, _ in rows if what not in {"stop", "deny"}}
    assert [id for what, id, at in rows if what not in {"stop", "deny"} and at > stopped] == []
    told_yes = {id for status, id, _ in callers.answers if status == 200}
    assert told_yes <= admitted, "nobody was told yes whose yes is not on disk from before"
    assert Counter(status for status, _, _ in callers.answers)[402] == CALLERS, "each was refused, once, and stopped"
    assert {status for status, _, _ in callers.answers} == {200, 402}
    assert {one["error"]["code"] for status, _, one in callers.answers if status == 402} == {"BIL-FREEZE-001"}
    in_flight = sum(what == "deny" and at > stopped for what, _, at in rows)
    print(f"{len(told_yes)} admitted before, 0 after; {in_flight} refused after")  # noqa: T201


def test_calls_go_on_when_the_freeze_is_lifted(server: WebServer, committed_tenant: Tenant) -> None:
    _, secret = committed_tenant.owner.key()
    callers = Callers(server.port, secret)
    dispute = committed_tenant.disputes()
    committed_tenant.stripe.deliver()
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    assert callers.ask(connection) == 402
    committed_tenant.stripe.simulate("decide", dispute=dispute, outcome="won")
    committed_tenant.stripe.deliver()
    assert callers.ask(connection) == 200
    connection.close()
