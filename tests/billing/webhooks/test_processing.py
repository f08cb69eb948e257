"""Events come twice, all at once and in any order; what they are there for happens once, and ends as Stripe has it."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from djstripe import models as mirror

from audit.models import AuditEvent
from billing.processor.accounts import customer_id
from billing.processor.client import as_json
from billing.vault import compat
from billing.vault.scope import processor_scope
from billing.webhooks import inbox, registry
from billing.webhooks.models import WebhookInbox
from billing.webhooks.registry import StripeEvent, handles
from tenants.scope import org_scope
from tests.billing.peer import Peer
from tests.billing.webhooks.conftest import MARK, send, stored, subscribe, with_card
from tests.committed import new_owner
from tests.people import Person

Mark = Callable[..., None]


def marked() -> list[str]:
    """Return the events whose handler ran, in the open organisation."""
    return list(AuditEvent.objects.filter(event=MARK.value).values_list("target", flat=True))


def test_w03_an_event_that_comes_a_hundred_times_at_once_has_one_effect(
    stripe: Peer, committed: None, marks: Mark
) -> None:
    marks("customer.updated")
    owner = new_owner()
    with org_scope(owner.organization.id):
        stripe.v1.customers.update(customer_id(), {"name": "Acme"})
    [update] = [each for each in stripe.events() if each["type"] == "customer.updated"]

    def deliver(number: int) -> int:
        try:
            status = stripe.post(update)
            inbox.drain()
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(deliver, range(100))) == {200}
    while inbox.drain():
        pass
    with org_scope(owner.organization.id):
        assert marked() == [update["id"]]
    with processor_scope():
        row = WebhookInbox.objects.get(event_id=update["id"])
    assert (row.state, row.deliveries, row.owner_id, row.payload) == ("processed", 100, owner.organization.id, "")


@pytest.mark.parametrize("seed", range(3))
def test_w04_events_in_any_order_end_as_stripe_has_it(stripe: Peer, in_acme: Person, seed: int) -> None:
    customer = with_card(stripe)
    subscription = subscribe(stripe, customer)
    before = stripe.events()
    stripe.delivered.update(each["id"] for each in before)
    stripe.advance(32 * 86_400)  # the sandbox forgets events after thirty days, as Stripe does
    stripe.v1.subscriptions.cancel(subscription)
    events = (before + stripe.events()) * 2
    Random(seed).shuffle(events)
    assert {stripe.post(each) for each in events} == {200}
    while inbox.drain():
        pass
    assert {state for _, state in stored()} == {"processed"}
    with processor_scope():
        for kind, path in (
            (mirror.Subscription, "subscriptions"),
            (mirror.Invoice, "invoices"),
            (mirror.Charge, "charges"),
        ):
            rows = {row.id: row.stripe_data["status"] for row in kind.objects.all()}
            true = {each["id"]: each["status"] for each in listed(stripe, path)}
            assert rows == true
            assert rows
        assert mirror.Event.objects.count() == len(events) // 2


def listed(stripe: Peer, path: str) -> list[dict[str, str]]:
    wanted = {"limit": 100} | ({"status": "all"} if path == "subscriptions" else {})
    return [as_json(each) for each in getattr(stripe.v1, path).list(wanted).data]


def test_a_handler_that_fails_leaves_nothing_and_is_tried_again(
    stripe: Peer, in_acme: Person, marks: Mark, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks("customer.updated")
    fails = [True]

    def failing(told: StripeEvent) -> None:
        if fails[0]:
            raise ZeroDivisionError("as it may be")

    handles("customer.updated")(failing)
    stripe.v1.customers.update(customer_id(), {"name": "Acme"})
    with pytest.raises(AssertionError, match="as it may be"):
        stripe.deliver()
    assert marked() == []
    with processor_scope():
        row = WebhookInbox.objects.get(state="failed")
        assert (row.error, row.attempts) == ("ZeroDivisionError: as it may be", 1)
        assert not mirror.Event.objects.filter(id=row.event_id).exists()
        fails[0] = False
        WebhookInbox.objects.filter(pk=row.pk).update(due_at=row.received_at)
    assert inbox.drain() == 1
    assert marked() == [row.event_id]


def test_an_event_of_an_unknown_customer_waits_until_somebody_has_it(
    stripe: Peer, in_acme: Person, marks: Mark
) -> None:
    marks("customer.created")
    made = stripe.v1.customers.create({"name": "Nobody", "metadata": {"tidegate_org": str(in_acme.organization.id)}})
    stripe.deliver()
    [(event_id, state)] = stored()
    assert (state, marked()) == ("unassigned", [])
    with processor_scope():
        assert not mirror.Customer.objects.exists()
    from billing.processor.models import BillingAccount  # noqa: PLC0415

    BillingAccount.objects.create(customer=made.id)
    with processor_scope():
        WebhookInbox.objects.update(due_at=WebhookInbox.objects.get().received_at)
    inbox.drain()
    assert (stored(), marked()) == ([(event_id, "processed")], [event_id])


def test_metadata_at_stripe_moves_nobody_and_is_recorded(stripe: Peer, in_acme: Person, eve: Person) -> None:
    customer = customer_id()
    stripe.deliver()
    stripe.v1.customers.update(customer, {"metadata": {"tidegate_org": str(eve.organization.id)}})
    stripe.deliver()
    seen = AuditEvent.objects.get(event=MARK.value)
    assert seen.detail == {"named": str(eve.organization.id)}
    with org_scope(eve.organization.id):
        assert marked() == []


def test_an_event_of_no_customer_is_mirrored(stripe: Peer, db: None) -> None:
    product = stripe.v1.products.create({"name": "Team"}).id
    stripe.deliver()
    with processor_scope():
        assert mirror.Product.objects.get(id=product).name == "Team"
    assert {state for _, state in stored()} == {"processed"}


def test_while_stripe_is_away_events_wait(stripe: Peer, in_acme: Person) -> None:
    with_card(stripe)
    events = stripe.events()
    for each in events:
        stripe.post(each)
    address = settings.STRIPE_SANDBOX_URL
    settings.STRIPE_SANDBOX_URL = "http://127.0.0.1:9"
    compat.point_at("http://127.0.0.1:9")
    assert inbox.drain() == len(events)
    assert {state for _, state in stored()} == {"failed"}
    settings.STRIPE_SANDBOX_URL = address
    compat.point_at(address)
    with processor_scope():
        WebhookInbox.objects.update(due_at=timezone.now())
    assert inbox.drain() == len(events)
    assert {state for _, state in stored()} == {"processed"}


def test_an_event_for_which_nobody_asked_is_kept_too(db: None) -> None:
    assert send(type="something.of.tomorrow", data={"object": {"object": "future"}}) == 200
    inbox.drain()
    assert stored() == [("evt_1", "processed")]


def test_a_handler_that_runs_last_does_whenever_it_was_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_handlers", defaultdict(list))
    monkeypatch.setattr(registry, "_last", set())
    stops, first, second = (lambda event, name=name: None for name in range(3))
    handles("customer.created", last=True)(stops)
    handles("customer.created")(first)
    handles("customer.created")(second)
    assert registry.handlers_of("customer.created") == [first, second, stops]
