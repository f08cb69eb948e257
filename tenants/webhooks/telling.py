"""The mail to who looks after webhooks when an endpoint is disabled by itself: what happens there waits on them."""

import uuid
from typing import Any

from django.conf import settings
from django.urls import reverse

from audit.outbox import handles, post
from tenants.mail import compose
from tenants.models import Membership, Organization
from tenants.permissions import Role
from tenants.webhooks.models import Endpoint

TOPIC = "webhooks.disabled"
TOLD = (Role.OWNER.value, Role.ADMIN.value)
MOST = 20


def tell(endpoint: Endpoint, cause: Endpoint.Cause) -> None:
    """Owe a mail to each owner and admin of the open organisation, up to `MOST`, in the current transaction."""
    facts = {
        "organization": Organization.objects.get().name,
        "receiver": endpoint.url,
        "cause": str(cause.label),
        "endpoint_url": settings.BASE_URL + reverse("webhook_detail", args=[endpoint.id]),
    }
    members = Membership.objects.select_related("user").filter(user__is_active=True, role__in=TOLD)
    for member in members.order_by("created_at", "id")[:MOST]:
        post(TOPIC, {**facts, "email": member.user.email})


@handles(TOPIC)
def mail(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
    compose("tenants/email/webhook_disabled", payload, payload["email"], message_id).send()
