"""A trial opens its plan while its card is verified, and nothing while that failed: by Stripe's events in any order."""

from datetime import timedelta
from random import Random

import pytest
from django.db.models import F
from django.utils import timezone

from audit.models import OutboxMessage
from audit.outbox import drain
from billing.processor.accounts import customer_id
from billing.subscriptions.models import CheckoutVisit, SubscriptionState, Trial
from billing.subscriptions.tasks import sweep_organization, sweep_trials
from billing.webhooks import inbox
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.billing.subscriptions.conftest import *  # noqa: F403 (fixtures)
from tests.billing.subscriptions.conftest import DAY, Buyer, Customer, click
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner

SECOND_BANK = "pm_card_threeDSecure2Required"
"""The card of the one test here that commits: a trial leaves a trace of its card."""
BANK = "pm_card_authenticationRequiredOnSetup"


def _begun(customer: Customer, card: str = BANK) -> str:
    """Choose Team and a card; return the bank's page, or ours."""
    status, checkout = customer.choose("team")
    assert status == 302
    return customer.pay(checkout, card)


def _running(customer: Customer) -> None:
    _begun(customer, "pm_card_visa")
    customer.peer.deliver()
    assert customer.trial().state == Trial.State.RUNNING


@pytest.mark.django_db
def test_nothing_is_open_before_stripes_message_has_come(acme: Customer) -> None:
    back = _begun(acme, "pm_card_visa")
    assert acme.plan() == "free"
    assert "We wait for Stripe to tell us" in acme.browser.get(back).content.decode()
    acme.peer.deliver()
    assert acme.plan() == "team"
    assert "your plan is open" in acme.browser.get(back).content.decode()


@pytest.mark.django_db
def test_b03_a_card_that_the_bank_does_not_confirm_turns_all_off_until_one_is(acme: Customer) -> None:
    acme.bank(_begun(acme), "fail")
    acme.peer.deliver()
    assert (acme.standing(), acme.plan(), acme.trial().state) == ("lapsed", "free", Trial.State.OFF)
    assert "the card was not verified" in acme.get("plan")
    acme.bank(acme.pay(acme.post("plan_verify"), BANK), "pass")
    acme.peer.deliver()
    assert (acme.standing(), acme.plan(), acme.trial().state) == ("active", "team", Trial.State.RUNNING)


def test_b03_keys_are_refused_with_the_reason_until_the_card_is_verified(committed: None, buyer: Buyer) -> None:
    owner = new_owner()
    customer = buyer(owner)
    application = Application(*owner.key(Permission.MODELS_READ))
    assert application.get("/v1/models").status_code == 200
    checkout = customer.choose("team")[1]
    customer.bank(customer.pay(checkout, SECOND_BANK), "fail")
    customer.peer.deliver()
    refused = application.get("/v1/models")
    assert (refused.status_code, refused.json()["error"]["reason_codes"]) == (402, ["BIL-PLAN-001"])
    customer.bank(customer.pay(checkout, SECOND_BANK), "pass")
    customer.peer.deliver()
    assert application.get("/v1/models").status_code == 200


@pytest.mark.django_db
def test_the_people_who_pay_are_told_and_led_to_the_plan(acme: Customer, mailoutbox: list[object]) -> None:
    acme.bank(_begun(acme), "fail")
    acme.peer.deliver()
    drain()
    mails = [mail for mail in mailoutbox if "was not verified" in mail.subject]  # type: ignore[attr-defined]  # a mail
    assert len(mails) == 1
    assert "/plan/" in mails[0].body  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_trial_waits_for_the_bank_for_a_day(acme: Customer) -> None:
    _begun(acme)
    acme.peer.deliver()
    assert (acme.trial().state, acme.standing()) == (Trial.State.VERIFYING, "active")
    assert sweep_trials() == 0
    _wait_a_day(acme)
    assert sweep_trials() == 1
    assert sweep_organization(str(acme.person.organization.id)) == 1
    assert (acme.trial().failure, acme.standing()) == (Trial.Failure.STALE, "lapsed")


def _wait_a_day(customer: Customer) -> None:
    with org_scope(customer.person.organization.id):
        Trial.objects.update(since=F("since") - timedelta(hours=25))


@pytest.mark.django_db
def test_a_verification_that_is_cancelled_turns_the_trial_off(acme: Customer) -> None:
    _begun(acme)
    acme.peer.deliver()
    acme.peer.v1.setup_intents.cancel(acme.peer.v1.setup_intents.list().data[0].id)
    acme.peer.deliver()
    assert (acme.trial().failure, acme.standing()) == (Trial.Failure.CANCELED, "lapsed")


@pytest.mark.django_db
def test_a_checkout_that_nobody_uses_takes_nothing_away(acme: Customer) -> None:
    acme.choose("team")
    acme.peer.advance(DAY + 1)
    acme.peer.deliver()
    assert (acme.trial().state, acme.standing()) == (Trial.State.ABANDONED, "active")


def _made_at_stripe(customer: Customer) -> object:
    """Begin a trial as somebody at Stripe's dashboard does: with a card that its bank has yet to confirm."""
    with org_scope(customer.person.organization.id):
        owner = customer_id()
    price = customer.peer.v1.prices.list({"lookup_keys": ["tidegate_team_v1_month"]}).data[0].id
    ending = {"end_behavior": {"missing_payment_method": "cancel"}}
    asked = {"customer": owner, "items": [{"price": price}], "trial_period_days": 14, "trial_settings": ending}
    return customer.peer.v1.subscriptions.create(asked)


@pytest.mark.django_db
def test_a_trial_that_is_made_at_stripe_opens_nothing_until_its_card_is_verified(acme: Customer) -> None:
    made = _made_at_stripe(acme)
    acme.peer.deliver()
    assert (acme.trial().state, acme.plan()) == (Trial.State.VERIFYING, "free")
    acme.peer.v1.setup_intents.confirm(made.pending_setup_intent, {"payment_method": BANK})  # type: ignore[attr-defined]
    click(acme.peer, f"/3ds/{made.pending_setup_intent}", outcome="fail")  # type: ignore[attr-defined]
    acme.peer.deliver()
    assert (acme.trial().state, acme.standing()) == (Trial.State.OFF, "lapsed")
    acme.bank(acme.pay(acme.post("plan_verify"), BANK), "pass")
    acme.peer.deliver()
    assert (acme.trial().state, acme.plan(), acme.standing()) == (Trial.State.RUNNING, "team", "active")
    drain()
    acme.peer.deliver()
    assert acme.row().card_last4 == "3155"
    acme.peer.advance(14 * DAY + 3_700)
    acme.peer.deliver()
    assert (acme.row().status, acme.trial().state) == (SubscriptionState.Status.ACTIVE, Trial.State.CONVERTED)


@pytest.mark.django_db
def test_a_trial_ends_without_a_card_in_the_free_plan(acme: Customer) -> None:
    _made_at_stripe(acme)
    acme.peer.deliver()
    acme.peer.advance(14 * DAY + 1)
    acme.peer.deliver()
    assert (acme.trial().state, acme.plan(), acme.standing()) == (Trial.State.ENDED, "free", "active")


@pytest.mark.django_db
def test_a_trial_whose_card_was_taken_off_ends_in_the_free_plan(acme: Customer) -> None:
    _running(acme)
    method = acme.peer.v1.subscriptions.list().data[0].default_payment_method
    acme.peer.v1.payment_methods.detach(method)
    acme.peer.advance(14 * DAY + 1)
    acme.peer.deliver()
    assert (acme.trial().state, acme.plan(), acme.standing()) == (Trial.State.ENDED, "free", "active")


@pytest.mark.django_db
def test_a_trial_becomes_a_paid_plan(acme: Customer) -> None:
    _running(acme)
    acme.peer.advance(14 * DAY + 3_700)
    acme.peer.deliver()
    assert (acme.row().status, acme.trial().state, acme.plan()) == ("active", Trial.State.CONVERTED, "team")


@pytest.mark.django_db
def test_who_gives_a_trial_up_goes_on_with_the_free_plan(acme: Customer) -> None:
    acme.bank(_begun(acme), "fail")
    acme.peer.deliver()
    assert acme.standing() == "lapsed"
    acme.post("plan_give_up")
    assert (acme.trial().state, acme.plan(), acme.standing()) == (Trial.State.ABANDONED, "free", "active")


@pytest.mark.django_db
def test_who_gives_up_a_trial_that_runs_is_not_charged(acme: Customer) -> None:
    _running(acme)
    acme.post("plan_give_up")
    assert (acme.trial().state, acme.plan()) == (Trial.State.ENDED, "free")
    drain()
    acme.peer.deliver()
    assert acme.peer.v1.subscriptions.list({"status": "all"}).data[0].status == "canceled"
    assert acme.plan() == "free"


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_w04_the_order_of_stripes_events_and_repeats_change_nothing(acme: Customer, seed: int) -> None:
    checkout = acme.choose("team")[1]
    acme.bank(acme.pay(checkout, BANK), "fail")
    acme.bank(acme.pay(checkout, BANK), "pass")
    _deliver_twice_in_any_order(acme, Random(seed))
    assert (acme.trial().state, acme.plan(), acme.standing()) == (Trial.State.RUNNING, "team", "active")
    with org_scope(acme.person.organization.id):
        assert SubscriptionState.objects.count() == Trial.objects.count() == CheckoutVisit.objects.count() == 1


def _deliver_twice_in_any_order(customer: Customer, random: Random) -> None:
    events = [*customer.peer.events(), *customer.peer.events()]
    random.shuffle(events)
    for event in events:
        assert customer.peer.post(event) == 200
        while inbox.drain():
            pass
    customer.peer.deliver()


@pytest.mark.django_db
def test_a_mail_says_when_a_trial_ends_and_what_comes_then(acme: Customer) -> None:
    _running(acme)
    acme.peer.advance(11 * DAY + 1)
    acme.peer.deliver()
    with org_scope(acme.person.organization.id):
        assert OutboxMessage.objects.filter(topic="accounts.notice", delivered_at=None).exists()
    assert timezone.now() < acme.row().trial_end  # type: ignore[operator]  # a trial has an end
