"""Who owes a message does not wait for the broker, and a worker is asked all the same."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connections, transaction

from audit.models import OutboxMessage
from audit.outbox import post
from audit.tasks import _waking, drain_outbox
from tenants.scope import org_scope
from tests.committed import new_owner
from tests.people import Person

PATIENCE = 60


class Broker:
    """Stands where Celery asks the broker; `behave` is what the broker does then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.answer, self.behave = Event(), Event(), self._answer
        monkeypatch.setattr(drain_outbox, "apply_async", self._ask)

    def _ask(self, **options: object) -> None:
        self.asked.set()
        self.behave()

    def _answer(self) -> None:
        """It answers."""

    def hang(self) -> None:
        self.answer.wait(PATIENCE)

    def refuse(self) -> None:
        raise ConnectionRefusedError


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    broker = Broker(monkeypatch)
    yield broker
    broker.answer.set()
    assert _waking.free.acquire(timeout=PATIENCE)
    _waking.free.release()


@pytest.fixture
def owner(committed: None) -> Iterator[Person]:
    owner = new_owner()
    yield owner
    with org_scope(owner.organization.id):
        OutboxMessage.objects.all().delete()


def _owe(owner: Person) -> None:
    with org_scope(owner.organization.id), transaction.atomic():
        post("test.wake", {})
    connections["default"].close()


def _owe_in_time(owner: Person) -> None:
    with ThreadPoolExecutor(1) as requests:
        requests.submit(_owe, owner).result(PATIENCE / 2)


def test_a_worker_is_asked_after_the_commit(owner: Person, broker: Broker) -> None:
    with org_scope(owner.organization.id), transaction.atomic():
        post("test.wake", {})
        assert not broker.asked.is_set()
    assert broker.asked.wait(PATIENCE)


def test_a_request_does_not_wait_for_a_broker_that_hangs(owner: Person, broker: Broker) -> None:
    broker.behave = broker.hang
    _owe_in_time(owner)
    assert broker.asked.wait(PATIENCE)
    broker.asked.clear()
    _owe_in_time(owner)
    assert not broker.asked.is_set()


def test_after_a_broker_that_refuses_the_next_message_asks_again(owner: Person, broker: Broker) -> None:
    broker.behave = broker.refuse
    for _ in range(2):
        _owe_in_time(owner)
        assert broker.asked.wait(PATIENCE)
        broker.asked.clear()
        assert _waking.free.acquire(timeout=PATIENCE)
        _waking.free.release()
