"""From a decision to the line of an invoice, with nothing but Stripe's events in between."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from audit import outbox
from billing.invoicing.books import differences
from billing.invoicing.models import BilledPeriod, BilledUsage
from billing.payments.models import ChargeState, InvoiceLine, InvoiceState
from billing.webhooks import inbox
from tenants.scope import org_scope
from tests.billing.invoicing.conftest import decision
from tests.billing.invoicing.shop import Subscriber, subscriber
from tests.billing.peer import Peer
from tests.committed import new_owner
from tests.people import Person

PLAN_CENTS = 9_900


@pytest.fixture
def acme(committed: None) -> Iterator[Person]:
    owner = new_owner()
    with org_scope(owner.organization.id):
        yield owner


@pytest.fixture
def team(stripe: Peer, acme: Person) -> Subscriber:
    return subscriber(stripe)


def _happens(stripe: Peer) -> None:
    """Deliver what Stripe has to tell and do what is owed, until nothing more comes of it."""
    while stripe.deliver():
        outbox.drain()


def test_one_decision_leads_from_the_guard_to_its_line(stripe: Peer, team: Subscriber, acme: Person) -> None:
    used = team.use(seed=11, calls=25)
    _happens(stripe)
    team.renew()
    _happens(stripe)
    stripe.advance(2 * 3_600)
    _happens(stripe)

    period = BilledPeriod.objects.get()
    invoice = InvoiceState.objects.get(stripe_id=period.invoice_id)
    assert (invoice.status, period.usage_nanos) == ("paid", used)
    assert invoice.total_cents == PLAN_CENTS + period.cents - period.included_cents
    assert ChargeState.objects.get(stripe_id=invoice.charge_id).invoice_id == invoice.stripe_id
    assert list(differences()) == []

    client, call = acme.browser(), BilledUsage.objects.select_related("event", "line").earliest("at")
    page = client.get(f"/billing/decisions/{call.event.decision_id}/").content.decode()
    assert f"/billing/usage/{call.line.id}/" in page
    assert f"/billing/invoices/{invoice.id}/" in page
    calls = client.get(f"/billing/usage/{call.line.id}/").content.decode()
    assert f"/billing/decisions/{call.event.decision_id}/" in calls
    made = decision(timezone.now())
    assert f"/billing/decisions/{made}/" in client.get(f"/decisions/{made}").content.decode()
    assert f"/billing/usage/{call.line.id}/" in client.get(f"/billing/invoices/{invoice.id}/").content.decode()
    assert invoice.number in client.get("/billing/invoices/").content.decode()


def test_w04_events_in_any_order_and_twice_bill_the_same(stripe: Peer, team: Subscriber) -> None:
    team.use(seed=12, calls=10)
    early = stripe.events()  # Stripe lists the events of 30 days only
    team.renew()
    stripe.advance(2 * 3_600)
    events = {event["id"]: event for event in [*early, *stripe.events()]}
    for event in [*reversed(events.values()), *events.values()]:
        stripe.post(event)
    while inbox.drain():
        pass
    outbox.drain()
    _happens(stripe)
    assert BilledPeriod.objects.count() == 1
    assert InvoiceState.objects.filter(status="paid").count() == 2
    assert InvoiceLine.objects.filter(usage_key="").count() == 2


def test_a_subscription_that_ends_is_billed_to_its_last_moment(stripe: Peer, team: Subscriber) -> None:
    team.use(seed=13, calls=150)
    stripe.advance(20 * 86_400)
    stripe.v1.subscriptions.cancel(team.id)
    _happens(stripe)
    last = BilledPeriod.objects.get(is_last=True)
    invoice = InvoiceState.objects.get(stripe_id=last.invoice_id)
    assert (invoice.status, invoice.total_cents) == ("paid", last.cents - last.included_cents)
    assert list(differences()) == []


def test_a_refund_at_stripe_is_seen_on_the_charge(stripe: Peer, team: Subscriber) -> None:
    _happens(stripe)
    charge = ChargeState.objects.get()
    stripe.v1.refunds.create({"charge": charge.stripe_id, "amount": 700})
    _happens(stripe)
    charge.refresh_from_db()
    assert charge.refunded_cents == 700


def test_a_declined_renewal_is_seen_as_failed(stripe: Peer, team: Subscriber) -> None:
    customer = team.object()["customer"]
    stripe.simulate("decline", customer=customer, code="insufficient_funds")
    draft = team.renew()
    stripe.advance(2 * 3_600)
    _happens(stripe)
    invoice = InvoiceState.objects.get(stripe_id=draft["id"])
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
    failed = ChargeState.objects.get(status="failed")
    assert (failed.invoice_id, failed.decline_code) == (draft["id"], "insufficient_funds")
