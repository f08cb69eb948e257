"""An organisation of each test's own, an endpoint of it, and a receiver there."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tenants.permissions import Permission
from tenants.scope import org_scope
from tenants.webhooks import couriers, endpoints
from tenants.webhooks.emitting import emit
from tenants.webhooks.endpoints import EndpointRequest
from tenants.webhooks.kinds import WebhookEvent
from tenants.webhooks.models import Delivery, Endpoint
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import Person
from tests.tenants.webhooks.receiver import Receiver, receiving


@dataclass(frozen=True, slots=True)
class Told:
    """An organisation that is told of key events at one path of a receiver, and the secret it verifies with."""

    owner: Person
    endpoint_id: uuid.UUID
    secret: str

    @property
    def org_id(self) -> uuid.UUID:
        return self.owner.organization.id

    @property
    def endpoint(self) -> Endpoint:
        with org_scope(self.org_id):
            endpoint: Endpoint = Endpoint.objects.get(id=self.endpoint_id)
        return endpoint

    def emit(self, kind: WebhookEvent = WebhookEvent.KEY_CREATED, **data: Any) -> None:  # noqa: ANN401 (JSON)
        with org_scope(self.org_id), transaction.atomic():
            emit(kind, data)

    def deliveries(self) -> list[Delivery]:
        """Return what this endpoint is owed and was, oldest first."""
        with org_scope(self.org_id):
            rows = Delivery.objects.filter(endpoint=self.endpoint_id).select_related("message")
            return list(rows.order_by("created_at", "id"))

    def delivery(self) -> Delivery:
        (one,) = self.deliveries()
        return one

    def make_due(self) -> None:
        """Let the time of what waits have come."""
        with org_scope(self.org_id):
            Delivery.objects.filter(endpoint=self.endpoint_id, state="waiting").update(
                due_at=timezone.now(), held=False
            )

    def deliver(self) -> None:
        """Take out what waits, now."""
        self.make_due()
        for one in self.deliveries():
            couriers.deliver(one.id, self.org_id)


def tell(owner: Person, url: str, *kinds: WebhookEvent) -> Told:
    """Register an endpoint of somebody's organisation."""
    wanted = EndpointRequest(url, kinds or (WebhookEvent.KEY_CREATED,))
    with org_scope(owner.organization.id):
        endpoint, secret = endpoints.create(owner.may(Permission.WEBHOOKS_CHANGE), wanted)
    return Told(owner, endpoint.id, secret)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def told(committed: None, receiver: Receiver) -> Iterator[Told]:
    """A new organisation whose key events go to the receiver; what it is owed ends with the test."""
    one = tell(new_owner(), f"{receiver.url}/hook")
    yield one
    with org_scope(one.org_id):
        for endpoint in Endpoint.objects.filter(closed_at=None):
            endpoints.close(one.owner.may(Permission.WEBHOOKS_CHANGE), endpoint.id)
