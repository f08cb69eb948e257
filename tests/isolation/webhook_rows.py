"""An endpoint of an estate and what it is owed. Nothing is sent: the name resolves nowhere, and no sweep runs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import models

from tenants.permissions import Permission
from tenants.webhooks import endpoints
from tenants.webhooks.endpoints import EndpointRequest
from tenants.webhooks.kinds import WebhookEvent
from tenants.webhooks.models import Delivery, Endpoint, Message

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def endpoint(estate: "Estate") -> Endpoint:
    wanted = EndpointRequest(f"https://{estate.canary}.invalid/", [WebhookEvent.KEY_CREATED], estate.canary)
    grant = estate.owner.may(Permission.WEBHOOKS_CHANGE)
    made, _ = endpoints.create(grant, wanted)
    endpoints.send_test(grant, made.id)
    return made


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {
    Endpoint: endpoint,
    Message: lambda estate: Message.objects.earliest("pk"),
    Delivery: lambda estate: Delivery.objects.earliest("pk"),
}
