"""The mail to who looks after webhooks when an endpoint is disabled by itself: what happens there waits on them."""

import uuid
from typing import Any

from django.conf import settings
from django.urls import reverse

from audit.outbox import handles, post
from tenants.mail import KEEPERS, compose, recipients
from tenants.models import Organization
from tenants.webhooks.models import Endpoint

TOPIC = "webhooks.disabled"


def tell(endpoint: Endpoint, cause: Endpoint.Cause) -> None:
    """Owe a mail to each owner and admin of the open organisation, in the current transaction."""
    facts = {
        "organization": Organization.objects.get().name,
        "receiver": endpoint.url,
        "cause": str(cause.label),
        "endpoint_url": settings.BASE_URL + reverse("webhook_detail", args=[endpoint.id]),
    }
    for person in recipients(KEEPERS):
        post(TOPIC, {**facts, "email": person.email})


@handles(TOPIC)
def mail(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
    compose("tenants/email/webhook_disabled", payload, payload["email"], message_id).send()
