"""The mail of single sign-on: the way in, for an address at a proved domain."""

import uuid
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.sso.models import Connection
from audit.outbox import handles, post
from tenants.mail import compose
from tenants.models import Organization

TOPIC = "sso.way_in"


def owe(email: str, connection: Connection) -> None:
    """Owe the way in to an address; the connection's organisation is open."""
    address = settings.BASE_URL + reverse("sso_entry", args=[connection.provider_id])
    post(
        TOPIC,
        {
            "email": email,
            "address": address,
            "organization": Organization.objects.get().name,
            "connection": connection.name,
        },
    )


@handles(TOPIC)
def send(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
    """Send the way in."""
    compose("sso/email/way_in", payload, payload["email"], message_id).send()
