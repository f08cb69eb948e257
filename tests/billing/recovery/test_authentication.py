"""A bank that asks for the cardholder (3-D Secure): page, mail and line above every page, until Stripe says paid."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from audit.outbox import drain
from billing.payments.models import InvoiceState
from billing.recovery.models import RecoveryCase
from tests.billing.recovery.conftest import Acme

State = RecoveryCase.State


@pytest.fixture(params=["asked at once", "refused without them"])
def asked(acme: Acme, request: pytest.FixtureRequest) -> Acme:
    """Acme, whose renewal waits for the cardholder: the two ways in which Stripe tells of that."""
    if request.param == "asked at once":
        acme.card("pm_card_authenticationRequired")
    else:
        acme.card("pm_card_visa")
        acme.declines("authentication_required")
    acme.charge()
    acme.hears()
    acme.works()
    return acme


def test_p4_the_cardholder_confirms_and_everything_is_on(asked: Acme) -> None:
    client = asked.owner.browser()
    case = asked.case()
    page = reverse("payment", args=[case.invoice.stripe_id])
    assert (case.state, case.next_try) == (State.CONFIRMING, None)
    assert "Confirm the payment" in client.get("/").content.decode()
    html = client.get(page).content.decode()
    assert "The bank wants the cardholder to confirm this payment." in html
    leads = reverse("payment_at_stripe", args=[case.invoice.stripe_id])
    assert leads in html
    assert client.get(leads).headers["Location"] == case.invoice.hosted_url
    InvoiceState.objects.update(hosted_url="https://invoice.example/1")
    assert client.get(leads).status_code == 404
    InvoiceState.objects.update(hosted_url=case.invoice.hosted_url)
    bank = asked.pays_on(case.invoice.hosted_url, "pm_card_authenticationRequired")
    assert "/3ds/" in bank
    asked.hears()
    assert "Confirm the payment" in client.get("/").content.decode()
    asked.confirms(bank)
    asked.hears()
    case = asked.case()
    assert (case.state, case.recovered_by, asked.standing()) == (State.RECOVERED, "customer", "active")
    part = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "It is paid." in part
    assert "hx-get" not in part
    assert "Confirm the payment" not in client.get("/").content.decode()


def test_p4_it_is_never_tried_without_the_cardholder(asked: Acme) -> None:
    for day in range(1, 28):
        asked.works(timezone.now() + timedelta(days=day))
    assert [kind for kind, _ in asked.tries()] == ["first"]
    assert len(asked.charges()) <= 1


def test_p4_a_confirmation_that_fails_leaves_it_open(asked: Acme) -> None:
    bank = asked.pays_on(asked.case().invoice.hosted_url, "pm_card_threeDSecure2Required")
    asked.confirms(bank, "fail")
    asked.hears()
    assert asked.works().state == State.CONFIRMING
    assert asked.works(asked.case().ends_at).state == State.GIVEN_UP
    assert asked.standing() == "lapsed"


def test_p4_the_mail_leads_to_the_page_and_acts_on_nothing(asked: Acme) -> None:
    mail.outbox.clear()
    drain()
    message = next(each for each in mail.outbox if asked.owner.user.email in each.to)
    assert message.subject.endswith("your bank asks you to confirm a payment")
    assert reverse("payment", args=[asked.case().invoice.stripe_id]) in str(message.body)
    assert "/invoice/in_" not in str(message.body)
