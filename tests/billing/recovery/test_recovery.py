"""From a declined payment to a paid invoice, or to a plan that is off: through the real SDK at the simulated Stripe."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from billing.disputes.debts import open_plan
from billing.entitlements.models import Off
from billing.entitlements.verbs import SYSTEM, switch_off
from billing.payments.fetching import fetch_invoice
from billing.payments.invoices import record_invoice
from billing.recovery import engine
from billing.recovery.cases import follow, stop
from billing.recovery.engine import REMIND, advance
from billing.recovery.models import RecoveryAttempt, RecoveryCase
from billing.recovery.stripe_invoice import StoredCard
from tests.billing.recovery.conftest import Acme

State = RecoveryCase.State


def test_money_that_comes_later_pays(acme: Acme) -> None:
    acme.card("pm_card_visa")
    acme.declines("insufficient_funds", "insufficient_funds")
    invoice = acme.charge()
    acme.hears()
    case = acme.works()
    assert (case.state, case.decline_code, case.card) == (State.RETRYING, "insufficient_funds", "Visa ending in 4242")
    assert acme.waits_for_the_next_try().state == State.RETRYING
    case = acme.waits_for_the_next_try()
    assert (case.state, case.recovered_by) == (State.RECOVERED, "retry")
    assert acme.invoice(invoice).status == "paid"
    assert acme.tries() == [("first", "declined"), ("retry", "declined"), ("retry", "paid")]
    assert [charge.status for charge in acme.charges()] == ["failed", "failed", "succeeded"]
    assert acme.standing() == "active"


def test_there_is_one_engine(acme: Acme) -> None:
    """Stripe plans no try of its own any more, and makes none in the two weeks in which it would have made three."""
    acme.card("pm_card_visa")
    acme.declines(*["do_not_honor"] * 9)
    invoice = acme.charge()
    assert acme.invoice(invoice).next_payment_attempt
    acme.hears()
    acme.works()
    found = acme.invoice(invoice)
    assert (found.auto_advance, found.next_payment_attempt) == (False, None)
    acme.stripe.advance(16 * 86_400)
    assert len(acme.charges()) == 1


@pytest.mark.parametrize("code", ["do_not_try_again", "lost_card", "stolen_card", "fraudulent"])
def test_what_is_not_to_be_tried_again_never_is(acme: Acme, code: str) -> None:
    acme.card("pm_card_visa")
    acme.declines(code)
    acme.charge()
    acme.hears()
    case = acme.works()
    assert (case.state, case.next_try) == (State.ASKING, None)
    for day in range(1, 28):
        acme.works(timezone.now() + timedelta(days=day))
    assert len(acme.charges()) == 1
    assert acme.tries() == [("first", "declined")]


def test_another_stored_card_is_tried_when_the_first_is_refused_for_good(acme: Acme) -> None:
    acme.card("pm_card_mastercard", usual=False)
    acme.card("pm_card_visa")
    acme.declines("lost_card")
    invoice = acme.charge()
    acme.hears()
    case = acme.works()
    assert (case.state, case.recovered_by) == (State.RECOVERED, "backup")
    assert acme.tries() == [("first", "declined"), ("backup", "paid")]
    assert acme.charges()[-1].payment_method_details.card.last4 == "4444"
    assert acme.invoice(invoice).status == "paid"


def test_the_refused_card_is_not_tried_again_after_another_one_was_declined_softly(acme: Acme) -> None:
    acme.card("pm_card_mastercard", usual=False)
    acme.card("pm_card_visa")
    acme.declines("lost_card", "insufficient_funds")
    acme.charge()
    acme.hears()
    assert acme.works().state == State.ASKING
    assert acme.works(timezone.now() + timedelta(days=20)).next_try is None
    assert len(acme.charges()) == 2


def test_a_new_card_pays_what_is_owed(acme: Acme) -> None:
    acme.card("pm_card_visa")
    acme.declines("expired_card")
    acme.charge()
    acme.hears()
    assert acme.works().state == State.ASKING
    acme.card("pm_card_amex", usual=False)
    acme.hears()
    case = acme.waits_for_the_next_try()
    assert (case.state, case.recovered_by) == (State.RECOVERED, "new_card")


def test_the_same_card_under_another_name_stays_refused(acme: Acme) -> None:
    acme.card("pm_card_visa")
    acme.declines("stolen_card")
    acme.charge()
    acme.hears()
    acme.works()
    acme.card("pm_card_visa")
    acme.hears()
    assert acme.works(timezone.now() + timedelta(hours=1)).state == State.ASKING
    assert len(acme.charges()) == 1


def test_a_customer_without_a_card_is_asked_for_one(acme: Acme) -> None:
    acme.charge()
    acme.hears()
    case = acme.works()
    assert (case.state, case.decline_code, case.next_try) == (State.ASKING, "missing_payment_method", None)


def test_nobody_pays_and_the_plan_is_off_until_somebody_does(acme: Acme) -> None:
    acme.card("pm_card_visa")
    acme.declines("lost_card")
    invoice = acme.charge()
    acme.hears()
    ends = acme.works().ends_at
    assert acme.works(ends - REMIND).reminded_at
    assert acme.standing() == "active"
    assert acme.works(ends).state == State.GIVEN_UP
    assert acme.standing() == "lapsed"
    page = acme.invoice(invoice).hosted_invoice_url
    acme.pays_on(page, "pm_card_mastercard")
    acme.hears()
    case = acme.case()
    assert (case.state, case.recovered_by) == (State.RECOVERED, "customer")
    assert acme.standing() == "active"
    events = AuditEvent.objects.filter(event__startswith="recovery:").order_by("created_at", "id")
    assert [event.event.rpartition(":")[2] for event in events] == ["opened", "given_up", "recovered"]


def test_whoever_stops_the_tries_does_not_keep_the_plan_on(acme: Acme) -> None:
    acme.card("pm_card_visa")
    acme.declines("insufficient_funds")
    acme.charge()
    acme.hears()
    case = acme.works()
    stop(case, SYSTEM, "")
    assert acme.works(case.ends_at - timedelta(minutes=1)).state == State.STOPPED
    assert (len(acme.charges()), acme.standing()) == (1, "active")
    assert acme.works(case.ends_at).state == State.GIVEN_UP
    assert (len(acme.charges()), acme.standing()) == (1, "lapsed")


def test_a_case_that_is_stopped_while_it_is_looked_at_keeps_its_end(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.card("pm_card_visa")
    acme.declines("insufficient_funds")
    acme.charge()
    acme.hears()
    case = acme.case()

    def meanwhile(customer: str) -> list[StoredCard]:
        stop(acme.case(), SYSTEM, "")
        return []

    monkeypatch.setattr(engine, "stored_cards", meanwhile)
    assert advance(case.id, timezone.now())
    case.refresh_from_db()
    assert (case.state, case.wake_at) == (State.STOPPED, case.ends_at)


def given_up(acme: Acme) -> list[str]:
    """Let two invoices be given up; returns their ids."""
    acme.card("pm_card_visa")
    acme.declines("lost_card", "lost_card")
    invoices = [acme.charge(), acme.charge()]
    acme.hears()
    for case in RecoveryCase.objects.all():
        while advance(case.id, timezone.now()):
            pass
        while advance(case.id, case.ends_at + timedelta(minutes=20)):
            pass
    assert {case.state for case in RecoveryCase.objects.all()} == {State.GIVEN_UP}
    return invoices


def is_paid(acme: Acme, invoice: str) -> None:
    acme.pays_on(acme.invoice(invoice).hosted_invoice_url, "pm_card_mastercard")


def is_void(acme: Acme, invoice: str) -> None:
    acme.stripe.v1.invoices.void_invoice(invoice)


def is_uncollectible(acme: Acme, invoice: str) -> None:
    acme.stripe.v1.invoices.mark_uncollectible(invoice)


@pytest.mark.parametrize("ends", [is_paid, is_void, is_uncollectible])
def test_the_plan_stays_off_while_another_invoice_is_given_up(acme: Acme, ends: Callable[[Acme, str], None]) -> None:
    first, second = given_up(acme)
    is_paid(acme, first)
    acme.hears()
    assert acme.standing() == "lapsed"
    client = acme.owner.browser()
    for page in ("/", reverse("payment", args=[second])):
        assert "and any other that keeps it off" in client.get(page).content.decode()
    ends(acme, second)
    acme.hears()
    assert acme.standing() == "active"


def test_an_invoice_that_was_given_up_keeps_the_plan_off_when_a_disputes_debt_is_paid(acme: Acme) -> None:
    switch_off(Off.DISPUTE_LOST)
    invoices = given_up(acme)
    open_plan(SYSTEM)
    assert acme.standing() == "lapsed"
    switch_off(Off.DISPUTE_LOST)
    for invoice in invoices:
        is_void(acme, invoice)
    acme.hears()
    assert acme.standing() == "lapsed"
    open_plan(SYSTEM)
    assert acme.standing() == "active"


def test_what_a_dispute_left_owed_is_charged_to_no_card(acme: Acme) -> None:
    acme.card("pm_card_visa")
    v1 = acme.stripe.v1
    made = v1.invoices.create({"customer": acme.customer, "auto_advance": False})
    v1.invoice_items.create({"customer": acme.customer, "invoice": made.id, "amount": 9_900, "currency": "usd"})
    page = v1.invoices.finalize_invoice(made.id, {}).hosted_invoice_url
    assert page
    acme.is_refused_on(page, "pm_card_chargeCustomerFail")
    acme.hears()
    acme.card("pm_card_mastercard")
    acme.hears()
    assert acme.invoice(made.id).attempt_count == 1
    assert not RecoveryCase.objects.exists()
    assert [charge.status for charge in acme.charges()] == ["failed"]


def test_an_invoice_of_a_subscription_that_ended_before_we_looked_is_a_case_all_the_same(acme: Acme) -> None:
    """Stripe lets it advance no more then, and events come in any order."""
    acme.card("pm_card_visa")
    acme.declines("insufficient_funds")
    ended = fetch_invoice(acme.charge()) | {"auto_advance": False}
    of = {"subscription_details": {"subscription": "sub_1", "metadata": {}}, "type": "subscription_details"}
    assert follow(record_invoice(ended | {"parent": of})) is not None


def test_an_invoice_that_is_not_owed_any_more_is_left_alone(acme: Acme) -> None:
    acme.card("pm_card_visa")
    acme.declines("insufficient_funds")
    invoice = acme.charge()
    acme.hears()
    acme.works()
    acme.stripe.v1.invoices.void_invoice(invoice)
    acme.hears()
    assert acme.case().state == State.CLOSED
    assert acme.tries() == [("first", "declined"), ("retry", "dropped")]
    assert not advance(acme.case().id, timezone.now() + timedelta(days=40))
    assert acme.standing() == "active"


def test_the_plan_page_lists_what_failed_in_words(acme: Acme) -> None:
    client = acme.owner.browser()
    assert "Failed payments" not in client.get("/plan/").content.decode()
    acme.card("pm_card_visa")
    acme.declines("insufficient_funds")
    acme.charge()
    acme.hears()
    acme.works()
    html = client.get("/plan/").content.decode()
    assert "Failed payments" in html
    assert "There was not enough money on the card." in html
    assert reverse("payment", args=[acme.case().invoice.stripe_id]) in html


def test_a_payment_that_never_failed_makes_no_case(acme: Acme) -> None:
    acme.card("pm_card_visa")
    acme.charge()
    acme.hears()
    assert not RecoveryCase.objects.exists()
    assert not RecoveryAttempt.objects.exists()
