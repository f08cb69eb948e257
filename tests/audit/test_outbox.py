"""The outbox: owed with the effect, delivered at least once, by one worker at a time, within the right tenant (T12)."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from audit import outbox
from audit.models import OutboxMessage
from audit.outbox import drain, handles, post
from tenants.encryption import SealBroken, unseal
from tenants.models import Organization
from tenants.scope import current_scope, org_scope
from tests.committed import new_owner
from tests.people import Person

Handle = Callable[[uuid.UUID, dict[str, Any]], None]


@pytest.fixture
def topic() -> Iterator[str]:
    """A topic of this test's own."""
    name = f"test.{uuid.uuid4().hex}"
    yield name
    outbox._handlers.pop(name, None)


def _post(person: Person, topic: str, **payload: Any) -> OutboxMessage:  # noqa: ANN401 (JSON)
    with org_scope(person.organization.id), transaction.atomic():
        post(topic, payload)
        message: OutboxMessage = OutboxMessage.objects.latest("created_at")
    return message


def _stored(person: Person, message: OutboxMessage) -> OutboxMessage:
    with org_scope(person.organization.id):
        stored: OutboxMessage = OutboxMessage.objects.get(id=message.id)
    return stored


def _make_due(person: Person, message: OutboxMessage) -> None:
    with org_scope(person.organization.id):
        stored = OutboxMessage.objects.get(id=message.id)
        stored.due_at = timezone.now() - timedelta(seconds=1)
        stored.save(update_fields=["due_at"])


def test_it_is_delivered_in_the_scope_of_who_owes_it(committed: None, topic: str) -> None:
    olga, delivered = new_owner(), []

    @handles(topic)
    def handle(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
        delivered.append((message_id, payload, current_scope().org_id, Organization.objects.get().id))

    message = _post(olga, topic, greeting="hello")
    drain()
    here = olga.organization.id
    assert delivered == [(message.id, {"greeting": "hello"}, here, here)]
    stored = _stored(olga, message)
    assert stored.delivered_at is not None
    assert stored.payload == ""
    drain()
    assert len(delivered) == 1


def test_a03_what_was_rolled_back_is_not_owed(committed: None, topic: str) -> None:
    olga = new_owner()
    with suppress(ZeroDivisionError), org_scope(olga.organization.id), transaction.atomic():
        post(topic, {})
        raise ZeroDivisionError
    with org_scope(olga.organization.id):
        assert not OutboxMessage.objects.filter(topic=topic).exists()


def test_a_failed_delivery_is_tried_again_and_leaves_nothing_half_done(committed: None, topic: str) -> None:
    olga, tries = new_owner(), []

    @handles(topic)
    def handle(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
        tries.append(message_id)
        Organization.objects.update(name=f"Renamed {len(tries)}")
        if len(tries) == 1:
            raise ConnectionError("the peer is away")

    message = _post(olga, topic)
    drain()
    stored = _stored(olga, message)
    assert (stored.attempts, stored.error, stored.delivered_at) == (1, "ConnectionError", None)
    assert stored.due_at > timezone.now()
    with org_scope(olga.organization.id):
        assert Organization.objects.get().name == olga.organization.name
    drain()
    assert tries == [message.id]
    _make_due(olga, message)
    drain()
    assert tries == [message.id, message.id]
    assert _stored(olga, message).delivered_at is not None
    with org_scope(olga.organization.id):
        assert Organization.objects.get().name == "Renamed 2"


def test_two_workers_at_once_deliver_once(committed: None, topic: str) -> None:
    olga, delivered = new_owner(), []
    inside, let_go = Event(), Event()

    @handles(topic)
    def handle(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
        delivered.append(message_id)
        inside.set()
        let_go.wait(30)

    message = _post(olga, topic)

    def work() -> int:
        try:
            return drain()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(work)
        assert inside.wait(30)
        second = threads.submit(work)
        second.result()  # it passes by the row that the first one holds
        let_go.set()
        first.result()
    assert delivered == [message.id]
    drain()
    assert delivered == [message.id]


def test_a_message_nobody_handles_stays_owed(committed: None, topic: str) -> None:
    olga = new_owner()
    message = _post(olga, topic)
    drain()
    assert _stored(olga, message).error == "KeyError"
    assert _stored(olga, message).delivered_at is None


def test_t12_a_payload_moved_to_another_organisation_does_not_open(committed: None, topic: str) -> None:
    olga, eve, delivered = new_owner(), new_owner(), []

    @handles(topic)
    def handle(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
        delivered.append(payload)

    hers = _post(olga, topic, secret="olga's")
    with org_scope(eve.organization.id):
        stolen = OutboxMessage.objects.create(topic=topic, payload=hers.payload, due_at=timezone.now())
    with pytest.raises(SealBroken):
        unseal(hers.payload, f"audit_outboxmessage|payload|{eve.organization.id}")
    drain()
    assert delivered == [{"secret": "olga's"}]
    assert _stored(eve, stolen).error == "SealBroken"
    with org_scope(eve.organization.id):
        stolen.delete()  # it would be owed for ever, and `manage.py reseal` tell of it


def test_the_payload_is_stored_sealed(committed: None, topic: str) -> None:
    olga = new_owner()
    message = _post(olga, topic, token="in-the-clear")
    assert "in-the-clear" not in _stored(olga, message).payload


def test_the_list_of_what_is_due_tells_ids_and_topics_only_and_cannot_be_written(committed: None, topic: str) -> None:
    _post(new_owner(), topic)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_outbox_due LIMIT 1")
        assert [column.name for column in cursor.description] == ["id", "org_id", "due_at", "topic"]
    for statement in ("DELETE FROM audit_outbox_due", "INSERT INTO audit_outbox_due VALUES (NULL, NULL, NULL)"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)


def test_messages_that_are_gone_do_not_stand_in_the_way_of_others(committed: None, topic: str) -> None:
    """More of them than one drain looks at: what another organisation owes is still delivered."""
    olga, eve, delivered = new_owner(), new_owner(), []

    @handles(topic)
    def handle(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
        delivered.append(message_id)

    with org_scope(olga.organization.id), transaction.atomic():
        due = timezone.now() - timedelta(days=1)
        OutboxMessage.objects.bulk_create(
            OutboxMessage(topic=topic, payload="", due_at=due) for _ in range(outbox.BATCH + 1)
        )
        OutboxMessage.objects.all().delete()
    message = _post(eve, topic)
    drain()
    assert delivered == [message.id]
