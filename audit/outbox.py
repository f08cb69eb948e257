"""What must go out, written in the transaction that owes it; delivered at least once, by whoever gets to it first.

`post()` writes a row and wakes a worker after the commit. The row is the guarantee: a sweeper delivers what a lost
wake-up, a crash or a failing peer left behind, with `FOR UPDATE SKIP LOCKED`, so that two workers never hold the same
row. A handler gets the row's id, with which it can make its effect happen once.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from audit.models import OutboxMessage
from tenants.encryption import Resealed, reseal, reseal_row, seal, unseal
from tenants.scope import NOBODY, open_scope, org_scope

Handler = Callable[[uuid.UUID, dict[str, Any]], None]
BATCH = 100
_RETRIES = tuple(timedelta(seconds=s) for s in (5, 30, 300, 1800, 7200, 21600, 43200, 86400))
_handlers: dict[str, Handler] = {}
_waiting: set[str] = set()
_wake: list[Callable[[], object]] = []
log = logging.getLogger(__name__)


def handles(topic: str, waits: bool = False) -> Callable[[Handler], Handler]:
    """Register the function that delivers messages of `topic`; called when apps are loaded.

    What `waits` is work for a tenant, which goes on when it is let in again; what does not, such as notices, goes out.
    """

    def register(handler: Handler) -> Handler:
        _handlers[topic] = handler
        if waits:
            _waiting.add(topic)
        return handler

    return register


def wakes(waker: Callable[[], object]) -> Callable[[], object]:
    """Register what to call after a commit that left a message."""
    _wake.append(waker)
    return waker


def post(topic: str, payload: dict[str, Any]) -> None:
    """Owe a message of the open organisation, in the current transaction. The payload is stored sealed."""
    message = OutboxMessage(topic=topic, due_at=timezone.now())
    message.payload = seal(orjson.dumps(payload), _context(message))
    message.save(force_insert=True)
    for waker in _wake:
        transaction.on_commit(waker, robust=True)


def drain() -> int:
    """Deliver what is due, across organisations; returns how many were delivered."""
    with open_scope(NOBODY), connection.cursor() as cursor:
        cursor.execute("SELECT id, org_id FROM audit_due(%s, %s)", [sorted(_waiting), BATCH])
        due: list[tuple[uuid.UUID, uuid.UUID]] = cursor.fetchall()
    delivered = 0
    for message_id, org_id in due:
        with org_scope(org_id), transaction.atomic():
            delivered += _deliver(message_id)
    return delivered


def reseal_owed() -> list[Resealed]:
    """Seal anew what the open organisation still owes, where a former key sealed it; in a transaction."""
    owed = OutboxMessage.objects.filter(delivered_at=None).select_for_update()
    return [reseal_row(one, "payload", partial(reseal, context=_context(one))) for one in owed]


def _context(message: OutboxMessage) -> str:
    return f"audit_outboxmessage|payload|{message.org_id}"


def _deliver(message_id: uuid.UUID) -> bool:
    rows = OutboxMessage.objects.select_for_update(skip_locked=True)
    message: OutboxMessage | None = rows.filter(id=message_id, delivered_at=None).first()
    if message is None:
        return False
    try:
        with transaction.atomic():
            opened = unseal(message.payload, _context(message))
            _handlers[message.topic](message.id, orjson.loads(opened))
    except Exception as error:  # whatever a peer throws, the message is tried again
        _postpone(message, error)
        return False
    message.delivered_at, message.payload = timezone.now(), ""
    message.save(update_fields=["delivered_at", "payload"])
    return True


def _postpone(message: OutboxMessage, error: Exception) -> None:
    log.warning("outbox message %s (%s) failed: %s", message.id, message.topic, type(error).__name__)
    message.due_at = timezone.now() + _RETRIES[min(message.attempts, len(_RETRIES) - 1)]
    message.attempts += 1
    message.error = type(error).__name__[:80]
    message.save(update_fields=["due_at", "attempts", "error"])
