"""From Stripe to a handler: what happened at the processor reaches the organisation it belongs to, once."""

import pytest

from billing.processor.accounts import customer_id
from billing.vault.scope import processor_scope
from billing.webhooks.models import WebhookInbox
from billing.webhooks.registry import StripeEvent, handles
from tenants.scope import current_org_id
from tests.billing.peer import Peer
from tests.people import Person


@pytest.fixture
def told() -> list[StripeEvent]:
    """What a handler of customers' updates and of disputes was told, each with its organisation open."""
    events: list[StripeEvent] = []

    @handles("customer.updated", "charge.dispute.created")
    def handler(event: StripeEvent) -> None:
        assert current_org_id() == event.org_id
        events.append(event)

    return events


def test_a_handler_is_told_once_with_the_object_as_it_is_now(
    stripe: Peer, in_acme: Person, told: list[StripeEvent]
) -> None:
    customer = customer_id()
    for name in ("First", "Second"):
        stripe.v1.customers.update(customer, {"name": name})
    assert set(stripe.deliver()) == {200}
    assert [(event.type, event.object["name"]) for event in told] == [("customer.updated", "Second")] * 2
    assert {event.org_id for event in told} == {in_acme.organization.id}
    assert stripe.deliver() == []


def test_a_dispute_reaches_whose_charge_it_is(stripe: Peer, in_acme: Person, told: list[StripeEvent]) -> None:
    customer = customer_id()
    asked = {"amount": 4900, "currency": "usd", "customer": customer, "confirm": True, "off_session": True}
    stripe.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    card = stripe.v1.payment_methods.list({"customer": customer}).data[0].id
    stripe.v1.payment_intents.create({**asked, "payment_method": card})
    dispute = stripe.simulate("dispute", customer=customer)
    stripe.deliver()
    assert [(event.type, event.object["id"]) for event in told] == [("charge.dispute.created", dispute["id"])]
    with processor_scope():
        assert set(WebhookInbox.objects.values_list("state", flat=True)) == {"processed"}
