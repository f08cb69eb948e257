"""What Stripe says has happened, compared with what came: the net under deliveries that were lost on the way."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import orjson
from django.utils import timezone

from billing.processor.client import as_json, client
from billing.vault.scope import processor_scope
from billing.webhooks import inbox
from billing.webhooks.models import WebhookInbox

BACK = timedelta(days=3)
"""How far each night's look goes back; Stripe tries a delivery for three days and lists events for thirty."""
_BATCH = 100


def missing(back: timedelta = BACK) -> int:
    """Store the events of the last days that never came; returns how many there were.

    They go the same way as those that are delivered: handlers get the object as it is now.
    """
    since = int((timezone.now() - back).timestamp())
    events = client().v1.events.list({"limit": _BATCH, "created": {"gte": since}}).auto_paging_iter()
    return sum(_store_unknown(batch) for batch in _batches(events))


def _store_unknown(batch: list[Any]) -> int:
    with processor_scope():
        known = set(
            WebhookInbox.objects.filter(event_id__in=[each.id for each in batch]).values_list("event_id", flat=True)
        )
    unknown = [as_json(each) for each in batch if each.id not in known]
    for event in unknown:
        inbox.store(event, orjson.dumps(event))
    return len(unknown)


def _batches(events: Any) -> Iterator[list[Any]]:  # noqa: ANN401 (the SDK's iterator)
    while batch := list(islice(events, _BATCH)):
        yield batch
