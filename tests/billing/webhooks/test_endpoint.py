"""Our endpoint at Stripe is made and replaced by a command; what it never delivered is found the next night."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from billing.catalogue.models import Interval
from billing.catalogue.plans import plan
from billing.catalogue.stripe_prices import price_id, sync
from billing.disputes.models import DisputeCase
from billing.payments.models import ChargeState
from billing.processor.client import client
from billing.subscriptions.entitling import held_plan
from billing.webhooks import inbox
from billing.webhooks.endpoint import retire
from billing.webhooks.registry import handles
from billing.webhooks.tasks import compare, reconcile, watch_inbox
from tenants.models import Organization
from tests.billing.peer import Peer
from tests.billing.webhooks.conftest import leave_mark, stored, with_card
from tests.people import Person

URL = "http://127.0.0.1:9/webhooks/stripe"


def endpoint(*options: str) -> str:
    said = StringIO()
    call_command("stripe_endpoint", "--url", URL, *options, stdout=said)
    return said.getvalue()


def test_the_command_makes_an_endpoint_of_the_pinned_version(stripe: Peer, settings: Settings) -> None:
    secret = endpoint().split()[-1]
    [made] = stripe.v1.webhook_endpoints.list().data
    assert (made.url, made.api_version) == (URL, settings.STRIPE_API_VERSION)
    assert "customer.updated" in made.enabled_events
    assert secret.startswith("whsec_")


def test_a_replaced_endpoint_is_taken_away_by_itself(stripe: Peer) -> None:
    endpoint()
    stripe.advance(60)
    endpoint()
    former, present = sorted(stripe.v1.webhook_endpoints.list().data, key=lambda each: each.created)
    assert former.id in endpoint("--retire-former")
    assert [each.id for each in stripe.v1.webhook_endpoints.list().data] == [present.id]
    assert retire(URL) == []


def test_stripe_is_asked_for_every_event_that_somebody_handles(stripe: Peer) -> None:
    handles("radar.early_fraud_warning.created")(leave_mark)
    endpoint()
    assert "radar.early_fraud_warning.created" in stripe.v1.webhook_endpoints.list().data[0].enabled_events


def test_a_name_that_stripe_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match=r"customer\.renamed"):
        handles("customer.renamed")


def test_what_was_never_delivered_is_found(stripe: Peer, in_acme: Person) -> None:
    with_card(stripe)
    events = stripe.events()
    stripe.post(events[0])
    assert reconcile() == len(events) - 1
    assert reconcile() == 0
    while inbox.drain():
        pass
    assert [event_id for event_id, _ in stored()] == sorted(each["id"] for each in events)
    assert {state for _, state in stored()} == {"processed"}


def test_a_row_that_does_not_say_what_stripe_says_follows_it(stripe: Peer, in_acme: Person) -> None:
    customer = with_card(stripe)
    wanted: Any = {"customer": customer, "amount": 500, "currency": "usd"}
    stripe.v1.invoice_items.create(wanted)
    invoice = stripe.v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include"})
    stripe.v1.invoices.pay(stripe.v1.invoices.finalize_invoice(invoice.id).id)
    stripe.deliver()
    charge = ChargeState.objects.get()
    assert compare() == 0
    stripe.v1.refunds.create({"charge": charge.stripe_id})
    dispute = stripe.simulate("dispute", charge=with_payment(stripe, customer))["id"]
    stripe.events()
    assert compare() == 3, "the refund, the other charge and its dispute"
    charge.refresh_from_db()
    assert charge.refunded_cents == 500
    assert DisputeCase.objects.get().stripe_id == dispute
    assert Organization.objects.get().standing == "frozen"
    assert compare() == 0


def test_a_subscription_whose_end_was_never_heard_of_keeps_no_plan_open(stripe: Peer, in_acme: Person) -> None:
    sync(client())
    price = price_id(client(), plan("team"), Interval.MONTH)
    wanted: Any = {"customer": with_card(stripe), "items": [{"price": price}]}
    subscription = stripe.v1.subscriptions.create(wanted).id
    stripe.deliver()
    assert held_plan().code == "team"
    stripe.v1.subscriptions.cancel(subscription)
    stripe.events()
    assert compare() == 1
    assert (held_plan().code, compare()) == ("free", 0)


def test_what_the_inbox_still_has_to_bring_is_not_astray(stripe: Peer, in_acme: Person) -> None:
    with_payment(stripe, with_card(stripe))
    for event in stripe.events():
        stripe.post(event)
    assert compare() == 0
    while inbox.drain():
        pass
    assert compare() == 0


def with_payment(stripe: Peer, customer: str) -> str:
    """Have a customer pay; return the charge."""
    wanted: Any = {"amount": 700, "currency": "usd", "customer": customer, "confirm": True}
    return str(stripe.v1.payment_intents.create({**wanted, "payment_method": "pm_card_visa"}).latest_charge)


def test_the_age_of_what_waits_is_measured(stripe: Peer, in_acme: Person) -> None:
    assert watch_inbox() == 0
    with_card(stripe)
    stripe.post(stripe.events()[0])
    assert 0 < watch_inbox() < 60
