"""The inbox is drained after each commit that fills it, and by a sweep that forgets nothing."""

import logging

from celery import shared_task
from django.db.models import Count, Min
from django.utils import timezone

from audit.aside import Aside
from billing.vault.scope import processor_scope
from billing.webhooks import inbox
from billing.webhooks.metrics import OLDEST, WAITING
from billing.webhooks.models import WebhookInbox
from billing.webhooks.reconciling import astray, missing

LATE = 300
"""Seconds after which an event that waits is an alarm: disputes freeze within these."""
log = logging.getLogger(__name__)


@shared_task
def drain_inbox() -> int:
    """Process what is due."""
    return inbox.drain()


@shared_task
def watch_inbox() -> float:
    """Measure the inbox; returns the age of the oldest event that waits, in seconds."""
    with processor_scope():
        counted = dict(
            WebhookInbox.objects.exclude(state=inbox.State.PROCESSED).values_list("state").annotate(Count("id"))
        )
        oldest = WebhookInbox.objects.filter(state__in=inbox.OPEN).aggregate(Min("received_at"))["received_at__min"]
    for state in inbox.State:
        if state is not inbox.State.PROCESSED:
            WAITING.labels(state.value).set(counted.get(state.value, 0))
    age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    OLDEST.set(age)
    if age > LATE:
        log.error("events of Stripe's wait", extra={"oldest_seconds": round(age), **counted})
    return age


@shared_task
def reconcile() -> int:
    """Ask Stripe for its events of the last days and store those that never came; returns how many."""
    found = missing()
    if found:
        log.error("events of Stripe's had not come", extra={"found": found})
    return found


@shared_task
def compare() -> int:
    """Ask Stripe how things stand and have the rows follow that say something else; returns how many."""
    return astray()


_waking = Aside("webhooks")


@inbox.wakes
def wake() -> None:
    """Have a worker asked to drain the inbox now; the sweep of every two seconds is the guarantee."""
    _waking.ask(lambda: drain_inbox.apply_async(retry=False, expires=5))
