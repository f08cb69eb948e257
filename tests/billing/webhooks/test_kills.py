"""kill -9 of web and of who processes, in the middle of many events: none is lost, none has its effect twice."""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import orjson
import pytest
from django.conf import settings
from django.utils import timezone

from audit.models import AuditEvent
from billing.processor.accounts import customer_id
from billing.vault.scope import processor_scope
from billing.webhooks import inbox
from billing.webhooks.models import WebhookInbox
from tenants.scope import org_scope
from tests.billing.peer import ADDRESS, Peer
from tests.billing.webhooks.conftest import MARK, Marks, signed
from tests.committed import new_owner
from tests.platform.running import eventually
from tests.server import WebServer, databases, free_port

CUSTOMERS, EACH, KILLS = 6, 12, 3
WORKER = """
import django
django.setup()
from billing.webhooks import inbox
from billing.webhooks.registry import handles
from tests.billing.webhooks.conftest import leave_mark
handles("customer.updated")(leave_mark)
while True:
    inbox.drain()
"""


@pytest.fixture
def environment(stripe: Peer, committed: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What children see: the test's database and its simulated Stripe."""
    monkeypatch.setenv("STRIPE_API_HOST", stripe.sandbox.url)
    return (
        os.environ | databases() | {"PYTHONPATH": str(settings.BASE_DIR), "DJANGO_SETTINGS_MODULE": "config.settings"}
    )


@pytest.fixture
def web(environment: dict[str, str], tmp_path: Path) -> Iterator[WebServer]:
    started = WebServer(free_port(), tmp_path / "web.log")
    started.start()
    yield started
    started.stop()


def deliver(web: WebServer, event: dict[str, object]) -> None:
    """Deliver until it is taken, as Stripe does."""
    body = orjson.dumps(event).decode()

    def taken() -> bool:
        with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", web.port, timeout=10)) as connection:
            connection.request("POST", ADDRESS, body, {"Stripe-Signature": signed(body)})
            return connection.getresponse().status == 200
        return False

    assert eventually(taken)


class Workers:
    """Two processes that drain the inbox without end."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment, self.log = environment, log
        self.running = [self._new(), self._new()]

    def _new(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen([sys.executable, "-c", WORKER], env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        self.running[0].kill()
        self.running[0].wait()
        self.running = [self.running[1], self._new()]

    def stop(self) -> None:
        for each in self.running:
            each.kill()
            each.wait()


def storm(web: WebServer, workers: Workers, events: list[dict[str, object]]) -> None:
    """Deliver all events by four at once; kill a worker now and then, and web every other time."""
    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(deliver, web, event) for event in events]
        for kill in range(1, KILLS + 1):
            wait(sent[: len(sent) * kill // (KILLS + 1)])
            workers.kill()
            if kill % 2:
                web.stop()
                web.start()
        for one in sent:
            one.result()
    workers.stop()


def finish() -> None:
    """Process what is left, as the sweep does."""
    with processor_scope():
        WebhookInbox.objects.exclude(state="processed").update(due_at=timezone.now())
    while inbox.drain():
        pass


def test_w05_kills_lose_nothing_and_double_nothing(
    stripe: Peer, web: WebServer, environment: dict[str, str], marks: Marks, tmp_path: Path
) -> None:
    marks("customer.updated")
    orgs = [new_owner().organization.id for _ in range(CUSTOMERS)]
    for org_id in orgs:
        with org_scope(org_id):
            customer = customer_id()
        for number in range(EACH):
            stripe.v1.customers.update(customer, {"name": f"name {number}"})
    events = stripe.events() * 2
    random.Random(7).shuffle(events)
    storm(web, Workers(environment, tmp_path / "worker.log"), events)
    finish()
    with processor_scope():
        rows = WebhookInbox.objects.filter(event_id__in={each["id"] for each in events})
        assert Counter(rows.values_list("state", flat=True)) == {"processed": len(events) // 2}
    effects: Counter[str] = Counter()
    for org_id in orgs:
        with org_scope(org_id):
            effects.update(AuditEvent.objects.filter(event=MARK.value).values_list("target", flat=True))
    assert effects == dict.fromkeys({each["id"] for each in events if each["type"] == "customer.updated"}, 1)
