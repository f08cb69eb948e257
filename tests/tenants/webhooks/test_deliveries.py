"""A message reaches whoever asked for it, signed, at least once and tried again by the specification's schedule."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from audit.events import Event
from audit.models import AuditEvent
from audit.outbox import drain
from tenants.permissions import Permission
from tenants.scope import org_scope
from tenants.webhooks import couriers, endpoints
from tenants.webhooks.emitting import LARGEST_BODY, emit
from tenants.webhooks.kinds import WebhookEvent
from tenants.webhooks.models import Delivery, Endpoint, Message
from tenants.webhooks.tasks import KEPT, forget_old
from tests.committed import new_owner
from tests.platform.running import eventually
from tests.tenants.webhooks.conftest import Told, tell
from tests.tenants.webhooks.receiver import Receiver, is_genuine


def _mailed() -> list[str]:
    """Deliver what is owed; return who got a mail of an endpoint that was disabled."""
    while drain():
        pass
    return [one.to[0] for one in mail.outbox if "endpoint was disabled" in one.subject]


def _is_due(told: Told) -> bool:
    return told.org_id in {org_id for _, org_id in couriers.due()}


def test_it_is_posted_thin_and_signed(told: Told, receiver: Receiver) -> None:
    told.emit(id="key_1")
    told.deliver()
    (got,) = receiver.got
    assert got.headers["content-type"] == "application/json"
    assert set(got.json) == {"type", "timestamp", "data"}
    assert (got.json["type"], got.json["data"]) == ("key.created", {"id": "key_1"})
    assert abs(datetime.fromisoformat(got.json["timestamp"]) - timezone.now()) < timedelta(seconds=30)
    assert is_genuine(told.secret, got.headers, got.body, time.time())
    assert not is_genuine(told.secret, got.headers, got.body + b" ", time.time())
    assert not is_genuine(told.secret, got.headers, got.body, time.time() + 301)
    one = told.delivery()
    assert (one.state, one.attempts, one.tries[0]["status"]) == ("delivered", 1, 204)
    assert not _is_due(told)


def test_only_who_asked_for_it_is_told(told: Told, receiver: Receiver) -> None:
    other = tell(told.owner, f"{receiver.url}/other", WebhookEvent.POLICY_ACTIVATED)
    both = tell(told.owner, f"{receiver.url}/both", WebhookEvent.KEY_CREATED, WebhookEvent.POLICY_ACTIVATED)
    stranger = tell(new_owner(), f"{receiver.url}/stranger")
    told.emit()
    assert [len(one.deliveries()) for one in (told, other, both, stranger)] == [1, 0, 1, 0]


def test_an_event_nobody_asks_for_leaves_nothing(told: Told) -> None:
    told.emit(WebhookEvent.TENANT_FROZEN)
    with org_scope(told.org_id):
        assert not Message.objects.exists()


def test_a03_what_is_rolled_back_is_told_nobody(told: Told, receiver: Receiver) -> None:
    with suppress(ZeroDivisionError), org_scope(told.org_id), transaction.atomic():
        emit(WebhookEvent.KEY_CREATED, {})
        raise ZeroDivisionError
    assert told.deliveries() == []
    assert not _is_due(told)


def test_a_body_that_is_not_thin_is_a_mistake_of_ours(told: Told) -> None:
    with pytest.raises(ValueError, match="thin"):
        told.emit(text="x" * LARGEST_BODY)
    assert told.deliveries() == []


def test_the_sweep_finds_it_and_nobody_waits_for_the_receiver(told: Told, receiver: Receiver) -> None:
    told.emit()
    assert _is_due(told)
    couriers.send_out()
    assert eventually(lambda: len(receiver.got) == 1)
    assert eventually(lambda: told.delivery().state == "delivered")


def test_it_is_tried_ten_times_with_one_id_and_the_same_bytes(told: Told, receiver: Receiver) -> None:
    receiver.answers = [500] * 9 + [200]
    told.emit(id="key_1")
    waits = []
    for _ in range(10):
        before = timezone.now()
        told.deliver()
        waits.append(told.delivery().due_at - before)
    for waited, planned in zip(waits[:9], couriers.RETRIES, strict=True):
        assert abs(waited / planned - 1) < 0.1 + timedelta(seconds=30) / planned
    assert len({(got.headers["webhook-id"], got.body) for got in receiver.got}) == 1
    assert all(is_genuine(told.secret, got.headers, got.body, time.time()) for got in receiver.got)
    assert [one["status"] for one in told.delivery().tries] == [500] * 9 + [200]
    assert told.delivery().state == "delivered"


def test_after_the_tenth_it_failed_and_a_silent_endpoint_is_disabled(told: Told, receiver: Receiver) -> None:
    receiver.answers = [503] * 10
    told.emit()
    for _ in range(12):
        told.deliver()
    assert len(receiver.got) == 10
    assert told.delivery().state == "failed"
    assert told.endpoint.disabled_because == Endpoint.Cause.SILENT
    with org_scope(told.org_id):
        assert AuditEvent.objects.get(event=Event.WEBHOOK_DISABLED.value).detail == {"cause": "silent"}
    assert _mailed() == [told.owner.user.email]
    assert told.endpoint.url in mail.outbox[0].body
    told.emit()
    assert len(told.deliveries()) == 1


def test_an_endpoint_that_accepts_others_stays_enabled(told: Told, receiver: Receiver) -> None:
    receiver.answers = [503] * 9 + [200, 503]
    told.emit(n=1)
    for _ in range(9):
        told.deliver()
    told.emit(n=2)
    first, second = told.deliveries()
    couriers.deliver(second.id, told.org_id)
    told.make_due()
    couriers.deliver(first.id, told.org_id)
    assert [one.state for one in told.deliveries()] == ["failed", "delivered"]
    assert told.endpoint.disabled_at is None


def test_410_disables_the_endpoint_and_fails_what_waits(told: Told, receiver: Receiver) -> None:
    receiver.answers = [410]
    told.emit(n=1)
    told.emit(n=2)
    couriers.deliver(told.deliveries()[0].id, told.org_id)
    assert told.endpoint.disabled_because == Endpoint.Cause.GONE
    assert {one.state for one in told.deliveries()} == {"failed"}
    told.deliver()
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500])
def test_only_2xx_is_an_acceptance(told: Told, receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    told.emit()
    told.deliver()
    assert told.delivery().state == "waiting"


def test_two_couriers_at_once_deliver_once(told: Told, receiver: Receiver) -> None:
    with org_scope(told.org_id):
        Endpoint.objects.filter(id=told.endpoint_id).update(url=f"{receiver.url}/hanging")
    told.emit()
    one = told.delivery()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(couriers.deliver, one.id, told.org_id)
        assert receiver.inside.acquire(timeout=30)
        threads.submit(couriers.deliver, one.id, told.org_id).result()  # it passes by what the first one holds
        receiver.let_go.set()
        first.result()
    assert len(receiver.got) == 1
    assert told.delivery().attempts == 1


def test_a_courier_that_dies_leaves_it_due_when_its_time_is_over(told: Told, receiver: Receiver) -> None:
    told.emit()
    with org_scope(told.org_id):
        assert couriers.claim(told.delivery().id) is not None  # and nothing comes after
        assert couriers.claim(told.delivery().id) is None
        assert not _is_due(told)
        Delivery.objects.update(due_at=timezone.now())  # the lease is over
    assert _is_due(told)
    couriers.deliver(told.delivery().id, told.org_id)
    assert told.delivery().state == "delivered"
    assert len(receiver.got) == 1


def test_an_outcome_is_noted_though_the_database_turns_the_courier_away(
    told: Told, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does in a worker whose pool Celery closes after a task: the receiver would get it again."""
    turned_away = iter([OperationalError("the pool is closed")] * 3)
    lock = Endpoint.objects.select_for_update

    def away(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (as Django's)
        for error in turned_away:
            raise error
        return lock(*args, **kwargs)

    told.emit()
    monkeypatch.setattr(Endpoint.objects, "select_for_update", away)
    told.deliver()
    assert told.delivery().state == "delivered"
    assert len(receiver.got) == 1


@pytest.mark.parametrize("end", ["closed", "disabled"])
def test_what_is_owed_to_an_endpoint_that_ended_meanwhile_fails(told: Told, receiver: Receiver, end: str) -> None:
    told.emit()
    with org_scope(told.org_id):
        gone = {"closed_at": timezone.now(), "secret": ""} if end == "closed" else {"disabled_at": timezone.now()}
        Endpoint.objects.filter(id=told.endpoint_id).update(**gone)
    told.deliver()
    assert (told.delivery().state, told.delivery().attempts, receiver.got) == ("failed", 0, [])
    assert not _is_due(told)


def test_the_list_of_what_is_due_tells_ids_only_and_cannot_be_written(told: Told) -> None:
    told.emit()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenants_webhooks_due LIMIT 1")
        assert [column.name for column in cursor.description] == ["id", "org_id", "endpoint_id", "due_at", "held"]
    for statement in ("DELETE FROM tenants_webhooks_due", "UPDATE tenants_webhooks_due SET due_at = now()"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)


def test_too_many_waiting_disable_the_endpoint(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenants.webhooks.emitting.MOST_WAITING", 3)
    for _ in range(5):
        told.emit()
    assert told.endpoint.disabled_because == Endpoint.Cause.BACKLOG
    assert [one.state for one in told.deliveries()] == ["failed"] * 3


def test_what_is_old_is_forgotten(told: Told) -> None:
    told.emit(n=1)
    told.emit(n=2)
    with org_scope(told.org_id):
        old = told.deliveries()[0].message_id
        Message.objects.filter(id=old).update(created_at=timezone.now() - KEPT - timedelta(hours=1))
    assert forget_old() >= 1
    assert [one.message.id for one in told.deliveries()] != [old]
    assert len(told.deliveries()) == 1


def test_a_replay_is_the_same_message_again(told: Told, receiver: Receiver) -> None:
    told.emit(id="key_1")
    told.deliver()
    with org_scope(told.org_id):
        endpoints.replay(told.owner.may(Permission.WEBHOOKS_CHANGE), told.endpoint_id, told.delivery().id)
    assert _is_due(told)
    told.deliver()
    first, second = receiver.got
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert [one["status"] for one in told.delivery().tries] == [204, 204]


def test_a_test_event_goes_to_the_one_endpoint(told: Told, receiver: Receiver) -> None:
    tell(told.owner, f"{receiver.url}/other")
    with org_scope(told.org_id):
        endpoints.send_test(told.owner.may(Permission.WEBHOOKS_CHANGE), told.endpoint_id)
    told.deliver()
    (got,) = receiver.got
    assert (got.path, got.json["type"]) == ("/hook", "webhook.test")


def test_the_id_is_one_that_receivers_can_keep(told: Told) -> None:
    told.emit()
    webhook_id = told.delivery().message.webhook_id
    assert webhook_id.startswith("msg_")
    assert uuid.UUID(webhook_id.removeprefix("msg_")) == told.delivery().message_id
