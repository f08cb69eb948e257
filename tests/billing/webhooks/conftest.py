"""Deliveries as somebody makes them up, a customer who pays, and a handler that leaves a mark."""

import time
from collections.abc import Callable, Iterator

import orjson
import pytest
import stripe as sdk
from django.conf import settings

from audit.events import Event
from audit.record import record_event
from billing.processor.accounts import STRIPE, customer_id
from billing.vault.scope import processor_scope
from billing.webhooks import registry
from billing.webhooks.models import WebhookInbox
from billing.webhooks.registry import StripeEvent, handles
from tests.billing.peer import ADDRESS, Peer
from tests.people import new_client

Marks = Callable[..., None]
MARK = Event.CUSTOMER_RELABELLED
"""Stands for an effect: one row of the record for each time that a handler ran and its transaction was committed."""


def event(**changes: object) -> dict[str, object]:
    """Return an event as Stripe would send it."""
    known = {"id": "evt_1", "object": "event", "type": "product.created", "created": int(time.time())}
    product = {"id": "prod_1", "object": "product"}
    versions = {"api_version": settings.STRIPE_API_VERSION, "livemode": False}
    return {**known, **versions, "data": {"object": product}, **changes}


def signed(body: str, secret: str | None = None, at: float | None = None) -> str:
    """Return Stripe's header for a body."""
    moment = int(time.time() if at is None else at)
    made = sdk.WebhookSignature.generate_signature_header(body, secret or settings.STRIPE_WEBHOOK_SECRETS[0], moment)
    return str(made)


def post(body: str | bytes, header: str | None, **headers: str) -> int:
    sent = headers | ({"stripe-signature": header} if header is not None else {})
    return new_client().post(ADDRESS, body, content_type="application/json", headers=sent).status_code


def send(**changes: object) -> int:
    """Deliver an event, properly signed."""
    body = orjson.dumps(event(**changes)).decode()
    return post(body, signed(body))


def stored() -> list[tuple[str, str]]:
    """Return (event, state) of everything in the inbox."""
    with processor_scope():
        return list(WebhookInbox.objects.order_by("event_id").values_list("event_id", "state"))


def with_card(stripe: Peer) -> str:
    """Give the open organisation's customer a card that pays; return the customer."""
    customer = customer_id()
    card = stripe.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    stripe.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": card}})
    return customer


def subscribe(stripe: Peer, customer: str) -> str:
    """Subscribe a customer to something for 49 dollars a month; return the subscription."""
    recurring = {"currency": "usd", "product_data": {"name": "Team"}, "recurring": {"interval": "month"}}
    price = stripe.v1.prices.create({**recurring, "unit_amount": 4900}).id
    return str(stripe.v1.subscriptions.create({"customer": customer, "items": [{"price": price}]}).id)


def leave_mark(told: StripeEvent) -> None:
    record_event(MARK, STRIPE, told.id)


@pytest.fixture(autouse=True)
def handlers_of_the_test() -> Iterator[None]:
    """Handlers that a test registers are gone with it."""
    before = {name: list(handlers) for name, handlers in registry._handlers.items()}
    yield
    registry._handlers.clear()
    registry._handlers.update(before)


@pytest.fixture
def marks() -> Marks:
    """Registers `leave_mark` for the events that are named."""

    def mark(*types: str) -> None:
        handles(*types)(leave_mark)

    return mark
