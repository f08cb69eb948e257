"""Disabling an endpoint: by a person, or because it is gone, silent or full. What waits for it fails."""

from django.utils import timezone

from audit.events import Event
from audit.record import Actor, record_event
from tenants.webhooks.models import Delivery, Endpoint
from tenants.webhooks.telling import tell

COURIER = Actor("system", "webhooks", "Webhooks")


def disable(endpoint: Endpoint, cause: Endpoint.Cause, actor: Actor = COURIER, decision_id: str = "") -> None:
    """Send nothing there any more, in the current transaction; once."""
    now = timezone.now()
    rows = Endpoint.objects.filter(id=endpoint.id, disabled_at=None, closed_at=None)
    if rows.update(disabled_at=now, disabled_because=cause.value):
        fail_waiting(endpoint)
        record_event(
            Event.WEBHOOK_DISABLED, actor, str(endpoint.id), endpoint.url, decision_id=decision_id, cause=cause.value
        )
        if cause is not Endpoint.Cause.PERSON:
            tell(endpoint, cause)


def fail_waiting(endpoint: Endpoint) -> None:
    """End what waits for an endpoint; it can be replayed."""
    waiting = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.FAILED, finished_at=timezone.now(), held=False)
