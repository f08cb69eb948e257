"""Owing a message to whoever asked for it: rows in the transaction of what happened; ``couriers`` takes them out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone

from tenants.webhooks.disabling import disable
from tenants.webhooks.kinds import WebhookEvent
from tenants.webhooks.models import Delivery, Endpoint, Message

LARGEST_BODY = 20_000
"""Bytes; Standard Webhooks 1.0.0 asks for payloads below 20 kB."""
MOST_WAITING = 10_000
"""Deliveries that one endpoint may have waiting: more, and nobody reads there."""
REMEMBERED = 5_000
_remembered: dict[tuple[UUID, int], frozenset[str]] = {}


def emit(kind: WebhookEvent, data: dict[str, Any]) -> None:
    """Owe an event of the open organisation to its endpoints that ask for it, in the current transaction.

    `data` is thin: ids, codes, amounts and times, from which the receiver can ask for more.
    """
    wanted = _enabled().filter(events__contains=[kind.value])
    if endpoints := [endpoint for endpoint in wanted if not _is_full(endpoint)]:
        owe(kind, data, endpoints)


def owe(kind: WebhookEvent, data: dict[str, Any], endpoints: Iterable[Endpoint]) -> Message:
    """Write a message and that each of `endpoints` gets it; raises `ValueError` for one that is not thin."""
    now = timezone.now()
    message = Message(kind=kind.value, body=_body(kind, now, data), created_at=now)
    message.save(force_insert=True)
    rows = [Delivery(endpoint=endpoint, message=message, created_at=now, due_at=now) for endpoint in endpoints]
    Delivery.objects.bulk_create(rows)
    return message


def listening(org_id: UUID, stamp: int) -> frozenset[str]:
    """Return the kinds that the open organisation asks for; its `stamp` moves with its endpoints, so memory will do."""
    held = _remembered.get((org_id, stamp))
    if held is not None:
        return held
    lists = _enabled().values_list("events", flat=True)
    kinds = frozenset(kind for events in lists for kind in events)
    if len(_remembered) >= REMEMBERED:
        _remembered.clear()
    _remembered[org_id, stamp] = kinds
    return kinds


def _enabled() -> Any:  # noqa: ANN401 (the manager of tenant models has no row type)
    return Endpoint.objects.filter(disabled_at=None, closed_at=None)


def _is_full(endpoint: Endpoint) -> bool:
    """Tell whether too much waits for an endpoint, which is then disabled."""
    waiting = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.WAITING)
    if waiting[:MOST_WAITING].count() < MOST_WAITING:
        return False
    disable(endpoint, Endpoint.Cause.BACKLOG)
    return True


def _body(kind: WebhookEvent, at: datetime, data: dict[str, Any]) -> str:
    body = orjson.dumps({"type": kind.value, "timestamp": at, "data": data}, option=orjson.OPT_UTC_Z)
    if len(body) >= LARGEST_BODY:
        raise ValueError(f"The body of {kind} has {len(body)} bytes; it is to be thin.")
    return body.decode()
