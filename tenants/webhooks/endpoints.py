"""What people do with endpoints and deliveries. A secret is returned once, by the verb that made it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import record_event
from tenants import outgoing
from tenants.guard import Grant
from tenants.models import Organization
from tenants.permissions import Permission
from tenants.webhooks import signing
from tenants.webhooks.disabling import disable, fail_waiting
from tenants.webhooks.emitting import owe
from tenants.webhooks.kinds import OFFERED, WebhookEvent
from tenants.webhooks.models import LONGEST_DESCRIPTION, Delivery, Endpoint

MOST_ENDPOINTS = 10
LONGEST_OVERLAP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EndpointRequest:
    """What is asked of an endpoint."""

    url: str
    events: Iterable[str]
    description: str = ""


@transaction.atomic
def create(grant: Grant, wanted: EndpointRequest) -> tuple[Endpoint, str]:
    """Register an endpoint; returns it with its secret. Raises `ValidationError` by field."""
    grant.must_be(Permission.WEBHOOKS_CHANGE)
    Organization.objects.select_for_update().get()
    if Endpoint.objects.filter(closed_at=None).count() >= MOST_ENDPOINTS:
        raise ValidationError({"url": f"There are {MOST_ENDPOINTS} endpoints; delete one first."})
    endpoint = Endpoint(**_checked(wanted), created_by=grant.principal.label[:120])
    secret = signing.new_secret()
    endpoint.secret = signing.sealed(secret, endpoint)
    endpoint.save(force_insert=True)
    _record(Event.WEBHOOK_CREATED, grant, endpoint, events=endpoint.events)
    return endpoint, secret


@transaction.atomic
def change(grant: Grant, endpoint_id: uuid.UUID, wanted: EndpointRequest) -> Endpoint:
    """Change where an endpoint is or what it is told; the secret stays. Raises `ValidationError` by field."""
    endpoint = _locked(grant, endpoint_id)
    for name, value in _checked(wanted).items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=["url", "events", "description"])
    _record(Event.WEBHOOK_CHANGED, grant, endpoint, events=endpoint.events)
    return endpoint


@transaction.atomic
def roll(grant: Grant, endpoint_id: uuid.UUID, overlap: timedelta) -> tuple[Endpoint, str]:
    """Give an endpoint a new secret; for `overlap` the former one signs beside it."""
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise ValidationError({"overlap": f"The overlap can be 0 to {LONGEST_OVERLAP.days} days."})
    endpoint = _locked(grant, endpoint_id)
    secret = signing.new_secret()
    endpoint.former_secret = endpoint.secret if overlap else ""
    endpoint.former_until = timezone.now() + overlap if overlap else None
    endpoint.secret = signing.sealed(secret, endpoint)
    endpoint.save(update_fields=["secret", "former_secret", "former_until"])
    _record(Event.WEBHOOK_ROLLED, grant, endpoint, overlap_minutes=int(overlap.total_seconds() // 60))
    return endpoint, secret


@transaction.atomic
def switch_off(grant: Grant, endpoint_id: uuid.UUID) -> Endpoint:
    """Send nothing to an endpoint until somebody enables it."""
    endpoint = _locked(grant, endpoint_id)
    disable(endpoint, Endpoint.Cause.PERSON, grant.actor(), grant.decision_id)
    return endpoint


@transaction.atomic
def switch_on(grant: Grant, endpoint_id: uuid.UUID) -> Endpoint:
    """Send to an endpoint again what happens from now on."""
    endpoint = _locked(grant, endpoint_id)
    if endpoint.disabled_at is not None:
        endpoint.disabled_at, endpoint.disabled_because = None, ""
        endpoint.save(update_fields=["disabled_at", "disabled_because"])
        _record(Event.WEBHOOK_ENABLED, grant, endpoint)
    return endpoint


@transaction.atomic
def close(grant: Grant, endpoint_id: uuid.UUID) -> Endpoint:
    """Delete an endpoint: what waits for it fails, its secrets are gone."""
    endpoint = _locked(grant, endpoint_id)
    endpoint.secret = endpoint.former_secret = ""
    endpoint.closed_at = timezone.now()
    endpoint.save(update_fields=["secret", "former_secret", "closed_at"])
    fail_waiting(endpoint)
    _record(Event.WEBHOOK_DELETED, grant, endpoint)
    return endpoint


@transaction.atomic
def send_test(grant: Grant, endpoint_id: uuid.UUID) -> Endpoint:
    """Owe an enabled endpoint a test event; raises `ValidationError` for another."""
    endpoint = _locked(grant, endpoint_id)
    _must_be_enabled(endpoint)
    owe(WebhookEvent.TEST, {"endpoint_id": str(endpoint.id), "asked_by": grant.principal.label}, [endpoint])
    _record(Event.WEBHOOK_TESTED, grant, endpoint)
    return endpoint


@transaction.atomic
def replay(grant: Grant, endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> Delivery:
    """Send a message again, under its id, as if it were new; one that is waiting is tried now."""
    endpoint = _locked(grant, endpoint_id)
    _must_be_enabled(endpoint)
    row: Delivery = Delivery.objects.select_for_update().get(id=delivery_id, endpoint=endpoint)
    if not row.held:
        row.state, row.attempts, row.finished_at, row.due_at = Delivery.State.WAITING, 0, None, timezone.now()
        row.save(update_fields=["state", "attempts", "finished_at", "due_at"])
        _record(Event.WEBHOOK_REPLAYED, grant, endpoint, delivery=str(row.id))
    return row


def _locked(grant: Grant, endpoint_id: uuid.UUID) -> Endpoint:
    grant.must_be(Permission.WEBHOOKS_CHANGE)
    endpoint: Endpoint = Endpoint.objects.select_for_update(no_key=True).get(id=endpoint_id, closed_at=None)
    return endpoint


def _must_be_enabled(endpoint: Endpoint) -> None:
    if endpoint.disabled_at is not None:
        raise ValidationError("The endpoint is disabled. Enable it first.")


def _checked(wanted: EndpointRequest) -> dict[str, str | list[str]]:
    """Return the fields as they are stored, in a fixed order of events; raises `ValidationError` by field."""
    url, asked = wanted.url.strip(), set(wanted.events)
    try:
        parts = outgoing.checked(url)
    except outgoing.Refused as refused:
        raise ValidationError({"url": str(refused)}) from refused
    if parts.fragment:
        raise ValidationError({"url": "An address here has no part after #."})
    if not asked or asked - set(OFFERED):
        raise ValidationError({"events": "Choose events from the list, one at least."})
    description = " ".join(wanted.description.split())
    if len(description) > LONGEST_DESCRIPTION or not description.isprintable():
        raise ValidationError({"description": f"Give at most {LONGEST_DESCRIPTION} printable characters."})
    return {"url": url, "events": [kind.value for kind in OFFERED if kind in asked], "description": description}


def _record(event: Event, grant: Grant, endpoint: Endpoint, **detail: str | int | list[str]) -> None:
    record_event(event, grant.actor(), str(endpoint.id), endpoint.url, decision_id=grant.decision_id, **detail)
