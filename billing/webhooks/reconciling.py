"""What Stripe says has happened and how things stand there, compared with what came and with our rows, each night."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from billing.processor.accounts import org_of_customer
from billing.processor.client import as_json, client
from billing.vault.scope import processor_scope
from billing.webhooks import inbox
from billing.webhooks.models import WebhookInbox
from billing.webhooks.objects import customer_of, fresh
from billing.webhooks.processing import lock
from billing.webhooks.registry import Followed, followed
from tenants.scope import org_scope

BACK = timedelta(days=3)
"""How far each night's look goes back; Stripe tries a delivery for three days and lists events for thirty."""
_BATCH = 100
log = logging.getLogger(__name__)


def missing(back: timedelta = BACK) -> int:
    """Store the events of the last days that never came; returns how many there were.

    They go the same way as those that are delivered: handlers get the object as it is now.
    """
    since = int((timezone.now() - back).timestamp())
    events = client().v1.events.list({"limit": _BATCH, "created": {"gte": since}}).auto_paging_iter()
    return sum(_store_unknown(batch) for batch in _batches(events))


def astray(back: timedelta = BACK) -> int:
    """Have the rows follow that do not say what Stripe's objects say; returns how many there were.

    Objects of the last days are looked at, and every subscription. What the inbox still has to bring is not
    astray.
    """
    since = int((timezone.now() - back).timestamp())
    return sum(_was_astray(each, as_json(known)) for each in followed() for known in _listed(each, since))


def _listed(kind: Followed, since: int) -> Iterator[Any]:
    asked = kind.asked or {"created": {"gte": since}}
    found: Iterator[Any] = getattr(client().v1, kind.service).list({**asked, "limit": _BATCH}).auto_paging_iter()
    return found


def _was_astray(kind: Followed, known: dict[str, Any]) -> bool:
    try:
        return _put_right(kind, known)
    except Exception:  # one that cannot follow keeps no other from being looked at
        log.exception("%s was not compared", known["id"])
        return False


def _put_right(kind: Followed, known: dict[str, Any]) -> bool:
    customer = customer_of(known)
    org_id = org_of_customer(customer) if customer else None
    if customer is None or org_id is None or _is_coming(known["id"]):
        return False
    with org_scope(org_id), transaction.atomic():
        if kind.is_so(known):
            return False
        lock(customer)
        now = fresh(known)
        if kind.is_so(now):
            return False
        kind.follow(now)
        about = {"object": known["id"], "follows": kind.is_so(now)}
    log.error("a row did not say what Stripe says", extra=about)
    return True


def _is_coming(object_id: str) -> bool:
    with processor_scope():
        return WebhookInbox.objects.filter(object_id=object_id, state__in=inbox.OPEN).exists()


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
