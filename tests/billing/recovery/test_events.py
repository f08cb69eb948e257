"""Stripe tells things twice, late and in any order: one case, one mail, one payment come of it (W03, W04)."""

from random import Random

import pytest
from django.core import mail
from django.utils import timezone

from audit.outbox import drain
from billing.recovery.engine import advance
from billing.recovery.models import RecoveryCase
from billing.webhooks import inbox
from tests.billing.recovery.conftest import Acme

State = RecoveryCase.State


def shuffled(acme: Acme, seed: int) -> None:
    """Deliver everything that is new twice, in another order."""
    events = acme.stripe.events() * 2
    Random(seed).shuffle(events)
    assert {acme.stripe.post(event) for event in events} == {200}
    while inbox.drain():
        pass


@pytest.mark.parametrize("seed", range(3))
def test_w03_w04_events_twice_and_shuffled_make_one_case(acme: Acme, seed: int) -> None:
    acme.card("pm_card_visa")
    acme.declines("insufficient_funds")
    acme.charge()
    shuffled(acme, seed)
    assert advance(acme.case().id, timezone.now())
    shuffled(acme, seed)
    due = acme.case().next_try
    assert due is not None
    assert advance(acme.case().id, due)
    shuffled(acme, seed)
    assert acme.case().state == State.RECOVERED
    assert acme.tries() == [("first", "declined"), ("retry", "paid")]
    assert len(acme.charges()) == 2
    mail.outbox.clear()
    drain()
    assert len([each for each in mail.outbox if acme.owner.user.email in each.to]) == 2


def test_w04_a_failure_that_is_told_after_the_payment_is_none(acme: Acme) -> None:
    acme.card("pm_card_visa")
    acme.declines("insufficient_funds")
    invoice = acme.charge()
    acme.pays_on(acme.invoice(invoice).hosted_invoice_url, "pm_card_mastercard")
    late = [event for event in acme.stripe.events() if event["type"] == "invoice.payment_failed"]
    assert late
    acme.stripe.delivered.update(event["id"] for event in late)
    acme.hears()
    for event in late:
        acme.stripe.post(event)
    while inbox.drain():
        pass
    assert not RecoveryCase.objects.exists()
    assert acme.standing() == "active"
