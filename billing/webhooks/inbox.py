"""Events are stored when they come and processed later, in any order: each once, however often it is delivered."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from djstripe.models import Event as Mirrored

from audit.events import Event
from audit.record import Actor, record_event
from billing.vault.resealing import is_uniform
from billing.vault.scope import PROCESSOR, processor_scope
from billing.webhooks.metrics import PROCESSED
from billing.webhooks.models import WebhookInbox
from billing.webhooks.processing import Unassigned, process
from tenants.encryption import Resealed, reseal, reseal_row, seal, unseal
from tenants.postgresql.base import direct
from tenants.principal import Principal
from tenants.scope import Scope, org_scope

State = WebhookInbox.State
OPEN = (State.RECEIVED, State.FAILED, State.UNASSIGNED)
"""States in which an event is tried by itself."""
STRANGERS = 3
"""Attempts after which an unknown customer is an alarm. The first may come before the customer's row is committed."""
_RETRIES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 21600))
_STORE = "SELECT webhooks_store(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_wake: list[Callable[[], object]] = []
log = logging.getLogger(__name__)


def wakes(waker: Callable[[], object]) -> Callable[[], object]:
    """Register what to call after an event was stored that waits."""
    _wake.append(waker)
    return waker


def store(event: dict[str, Any], body: bytes) -> None:
    """Keep a verified event, in one statement; one that is there already is counted. It is on disk when this returns,
    or when the transaction ends that is open."""
    why = _strange(event)
    object_id = str(event["data"]["object"].get("id") or "")
    happened = datetime.fromtimestamp(event["created"], UTC)
    state = State.QUARANTINED if why else State.RECEIVED
    values = [uuid4(), event["id"][:255], event["type"][:250], _column(object_id), seal(body, _context(event["id"]))]
    [stands] = direct.call_as(Scope(org_id=PROCESSOR), _STORE, [*values, state.value, why, happened, not why])
    if why:
        log.error("an event of Stripe's is in quarantine", extra={"event_id": event["id"], "why": why})
    if stands in OPEN:
        for waker in _wake:
            transaction.on_commit(waker, robust=True)


def drain(most: int = 100) -> int:
    """Process up to `most` events that are due, whoever else does the same; returns how many were tried."""
    if settings.SECRET_KEY_FALLBACKS and not is_uniform():
        log.error("events wait: the mirror is still sealed under a former secret key (manage.py reseal)")
        return 0
    tried = 0
    while tried < most and _next():
        tried += 1
    return tried


def replay(row_id: UUID, staff: Principal) -> WebhookInbox:
    """Try an event again, whatever became of it; one that must not be processed here stays in quarantine.

    Handlers change nothing that they changed before. Whoever asked is in the log, and in the record of the tenant.
    """
    with processor_scope(), transaction.atomic():
        row = WebhookInbox.objects.select_for_update().get(pk=row_id)
        if row.state == State.QUARANTINED and (why := _strange(_event(row))):
            row.error = why
            return row
        try_now(row)
    log.info("an event of Stripe's was tried again", extra={"event_id": row.event_id, "by": staff.id})
    if row.owner_id:
        actor = Actor(staff.kind.value, staff.id, staff.label, staff.address)
        with org_scope(row.owner_id):
            record_event(Event.PROCESSOR_EVENT_REPLAYED, actor, f"event/{row.event_id}", row.type)
    return row


def reseal_payloads() -> list[Resealed]:
    """Seal anew what is kept of events that are not processed, where a former key sealed it."""
    with processor_scope(), transaction.atomic():
        rows = WebhookInbox.objects.exclude(payload="").select_for_update()
        return [reseal_row(row, "payload", partial(reseal, context=_context(row.event_id))) for row in rows]


def _next() -> bool:
    """Try the event that waits longest and that nobody else tries; returns whether there was one."""
    with processor_scope(), transaction.atomic():
        due = WebhookInbox.objects.filter(due_at__lte=timezone.now(), state__in=OPEN).order_by("due_at")
        row = due.select_for_update(skip_locked=True).first()
        if row is None:
            return False
        try_now(row)
        return True


def try_now(row: WebhookInbox) -> None:
    """Process a locked row in the current transaction; what fails leaves only that it failed."""
    row.attempts += 1
    try:
        with transaction.atomic():
            row.owner_id = process(_event(row))
        row.state, row.due_at, row.processed_at = State.PROCESSED, None, timezone.now()
        row.payload, row.error = "", ""
    except Unassigned as missing:
        if row.attempts == STRANGERS:
            log.error("an event is of a customer that nobody has", extra={"event_id": row.event_id})
        _later(row, State.UNASSIGNED, str(missing))
    except Exception as error:  # whatever a handler or Stripe throws, the event is tried again
        log.exception("event %s (%s) failed", row.event_id, row.type)
        _later(row, State.FAILED, f"{type(error).__name__}: {error}"[:200])
    PROCESSED.labels(row.state).inc()
    row.save()


def _later(row: WebhookInbox, state: WebhookInbox.State, why: str) -> None:
    row.state, row.error = state, why
    row.due_at = timezone.now() + _RETRIES[min(row.attempts, len(_RETRIES)) - 1]


def _event(row: WebhookInbox) -> dict[str, Any]:
    """Return the event as it came; one that was processed stands in the mirror."""
    if not row.payload:
        mirrored: dict[str, Any] = Mirrored.objects.get(id=row.event_id).stripe_data
        return mirrored
    return orjson.loads(unseal(row.payload, _context(row.event_id)))  # type: ignore[no-any-return]  # JSON


def _strange(event: dict[str, Any]) -> str:
    """Return why an event must not be processed here, or nothing."""
    if event.get("livemode") is not settings.STRIPE_LIVE_MODE:
        return "livemode"
    if event.get("api_version") != settings.STRIPE_API_VERSION:
        return f"api_version {str(event.get('api_version'))[:60]}"
    if event.get("account") not in {None, settings.STRIPE_ACCOUNT_ID}:
        return "account"
    return ""


def _column(object_id: str) -> str:
    stored: str = WebhookInbox._meta.get_field("object_id").get_prep_value(object_id[:135])
    return stored


def _context(event_id: str) -> str:
    return f"webhooks_webhookinbox|payload|{event_id}"
