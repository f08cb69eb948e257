"""Subscriptions over time: trials, renewals, other plans, ends."""

from typing import Any

import pytest
import stripe

from tests.billing.sandbox.conftest import START
from tests.billing.sandbox.shop import DAY, Shop

CANCEL = {"end_behavior": {"missing_payment_method": "cancel"}}


def subscribe(shop: Shop, customer: Any, price: str, **known: object) -> Any:  # noqa: ANN401 (an SDK object)
    return shop.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price}], **known})


def statuses(shop: Shop, key: str) -> str:
    return str(shop.v1.subscriptions.retrieve(key).status)


def test_a_subscription_is_paid_and_its_period_stands_on_its_item(shop: Shop) -> None:
    made = subscribe(shop, shop.customer(), shop.price(2_000), expand=["latest_invoice.payments"])
    assert made.status == "active"
    item = made["items"].data[0]
    assert (item.current_period_start, item.current_period_end) == (START, START + 31 * DAY)
    invoice = made.latest_invoice
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 2_000, "subscription_create")
    assert invoice.parent.subscription_details.subscription == made.id
    intent = invoice.payments.data[0].payment.payment_intent
    assert shop.v1.payment_intents.retrieve(intent).status == "succeeded"
    assert "current_period_end" not in made.to_dict()


def test_a_subscription_renews_and_its_invoice_is_a_draft_for_an_hour(shop: Shop) -> None:
    made = subscribe(shop, shop.customer(), shop.price(2_000))
    shop.control("clock", advance=31 * DAY + 60)
    newest = shop.v1.invoices.list({"subscription": made.id}).data[0]
    assert (newest.status, newest.billing_reason, newest.amount_due) == ("draft", "subscription_cycle", 2_000)
    shop.control("clock", advance=3_600)
    assert shop.v1.invoices.retrieve(newest.id).status == "paid"
    start = shop.v1.subscriptions.retrieve(made.id)["items"].data[0].current_period_start
    assert start == START + 31 * DAY


def test_months_end_where_they_began_or_on_their_last_day(shop: Shop) -> None:
    shop.later(16)  # 31 January
    made = subscribe(shop, shop.customer(), shop.price(2_000))
    shop.later(60)
    periods = [line.period for invoice in shop.v1.invoices.list().data for line in invoice.lines.data]
    assert sorted((period.start - START) // DAY for period in periods) == [16, 44, 75]
    assert made.status == "active"


def test_a_trial_that_has_no_card_at_its_end_is_cancelled(shop: Shop) -> None:
    made = subscribe(shop, shop.customer(card=None), shop.price(2_000), trial_period_days=14, trial_settings=CANCEL)
    assert (made.status, made.trial_end) == ("trialing", START + 14 * DAY)
    intent = shop.v1.setup_intents.retrieve(made.pending_setup_intent)
    assert intent.status == "requires_payment_method"
    shop.later(11)
    assert shop.kinds()[-1] == "customer.subscription.trial_will_end"
    assert statuses(shop, made.id) == "trialing"
    shop.later(3)
    assert statuses(shop, made.id) == "canceled"
    assert shop.kinds()[-1] == "customer.subscription.deleted"
    assert shop.kinds().count("customer.subscription.trial_will_end") == 1
    assert sum(invoice.total for invoice in shop.v1.invoices.list().data) == 0


def test_a_trial_with_a_card_becomes_a_plan(shop: Shop) -> None:
    made = subscribe(shop, shop.customer(), shop.price(2_000), trial_period_days=14, trial_settings=CANCEL)
    assert made.pending_setup_intent is None
    shop.later(14.1)
    assert statuses(shop, made.id) == "active"
    assert [invoice.total for invoice in shop.v1.invoices.list().data] == [2_000, 0]


def test_a_trial_whose_settings_pause_it_is_paused(shop: Shop) -> None:
    pause = {"end_behavior": {"missing_payment_method": "pause"}}
    made = subscribe(shop, shop.customer(card=None), shop.price(2_000), trial_period_days=3, trial_settings=pause)
    shop.control("simulate", act="end_trial", customer=made.customer)
    assert statuses(shop, made.id) == "paused"


def test_a_card_set_up_during_the_trial_pays_after_it(shop: Shop) -> None:
    keeping = {"save_default_payment_method": "on_subscription"}
    customer = shop.customer(card=None)
    made = subscribe(
        shop, customer, shop.price(2_000), trial_period_days=3, trial_settings=CANCEL, payment_settings=keeping
    )
    done = shop.v1.setup_intents.confirm(made.pending_setup_intent, {"payment_method": "pm_card_visa"})
    assert shop.v1.subscriptions.retrieve(made.id).default_payment_method == done.payment_method
    shop.later(3.1)
    assert statuses(shop, made.id) == "active"


def test_a_first_payment_that_needs_the_person_waits_and_then_expires(shop: Shop) -> None:
    made = subscribe(
        shop,
        shop.customer(card=None),
        shop.price(2_000),
        payment_behavior="default_incomplete",
        expand=["latest_invoice.confirmation_secret"],
    )
    assert made.status == "incomplete"
    assert "_secret_" in made.latest_invoice.confirmation_secret.client_secret
    shop.later(1)
    assert statuses(shop, made.id) == "incomplete_expired"
    assert shop.v1.invoices.retrieve(made.latest_invoice.id).status == "void"


def test_a_renewal_that_needs_the_person_is_past_due_until_they_confirm(shop: Shop) -> None:
    made = subscribe(shop, shop.customer("pm_card_authenticationRequired"), shop.price(2_000))
    assert made.status == "incomplete"
    assert {"invoice.payment_action_required", "invoice.payment_failed"} <= set(shop.kinds())
    intent = shop.v1.payment_intents.list().data[0]
    shop.click(f"/3ds/{intent.id}", outcome="pass")
    assert statuses(shop, made.id) == "active"
    shop.later(31.1)
    assert statuses(shop, made.id) == "past_due"


def test_an_upgrade_at_half_time_charges_the_difference_at_once(shop: Shop) -> None:
    small, large = shop.price(2_000), shop.price(5_000, name="Business")
    made = subscribe(shop, shop.customer(), small)
    shop.later(15.5)
    change = {"items": [{"id": made["items"].data[0].id, "price": large}], "proration_behavior": "always_invoice"}
    preview = shop.v1.invoices.create_preview(
        {
            "subscription": made.id,
            "subscription_details": {"items": change["items"], "proration_behavior": "always_invoice"},
        }
    )
    assert len(shop.v1.invoices.list().data) == 1
    changed = shop.v1.subscriptions.update(made.id, {**change, "expand": ["latest_invoice"]})
    invoice = changed.latest_invoice
    assert [line.amount for line in invoice.lines.data] == [-1_000, 2_500]
    assert (invoice.total, invoice.status, invoice.billing_reason) == (1_500, "paid", "subscription_update")
    assert preview.total == 1_500
    assert all(line.parent.invoice_item_details.proration for line in invoice.lines.data)
    assert changed["items"].data[0].price.id == large


def test_what_was_previewed_is_charged_to_the_cent_where_both_name_the_moment(shop: Shop) -> None:
    small, large = shop.price(2_000), shop.price(5_000)
    made = subscribe(shop, shop.customer(), small)
    shop.later(15.5)
    since = shop.sandbox.state.now()
    items = [{"id": made["items"].data[0].id, "price": large}]
    asked = {"items": items, "proration_behavior": "always_invoice", "proration_date": since}
    preview = shop.v1.invoices.create_preview({"subscription": made.id, "subscription_details": asked})
    shop.later(0.5)
    invoice = shop.v1.subscriptions.update(made.id, {**asked, "expand": ["latest_invoice"]}).latest_invoice
    assert (preview.total, invoice.total) == (1_500, 1_500)
    with pytest.raises(stripe.InvalidRequestError, match="current period"):
        shop.v1.subscriptions.update(made.id, {**asked, "proration_date": since - 40 * 86_400})


def test_a_smaller_plan_leaves_a_credit_for_the_next_invoice(shop: Shop) -> None:
    small, large = shop.price(2_000), shop.price(5_000)
    made = subscribe(shop, shop.customer(), large)
    shop.later(15.5)
    shop.v1.subscriptions.update(made.id, {"items": [{"id": made["items"].data[0].id, "price": small}]})
    upcoming = shop.v1.invoices.create_preview({"subscription": made.id})
    assert upcoming.total == 2_000 - 1_500
    shop.later(15.6)
    newest = shop.v1.invoices.list().data[0]
    assert (newest.total, newest.status) == (500, "paid")


def test_a_credit_beyond_the_invoice_stays_with_the_customer(shop: Shop) -> None:
    customer = shop.customer()
    small, large = shop.price(1_000), shop.price(9_000)
    made = subscribe(shop, customer, large)
    change = {"items": [{"id": made["items"].data[0].id, "price": small}], "proration_behavior": "always_invoice"}
    shop.v1.subscriptions.update(made.id, change)
    assert shop.v1.customers.retrieve(customer.id).balance == -8_000
    shop.later(31.1)
    newest = shop.v1.invoices.list().data[0]
    assert (newest.total, newest.amount_due, newest.status, newest.ending_balance) == (1_000, 0, "paid", -7_000)


def test_a_year_begins_at_once_and_credits_the_month(shop: Shop) -> None:
    month, year = shop.price(2_000), shop.price(20_000, "year")
    made = subscribe(shop, shop.customer(), month)
    shop.later(15.5)
    changed = shop.v1.subscriptions.update(
        made.id, {"items": [{"id": made["items"].data[0].id, "price": year}], "expand": ["latest_invoice"]}
    )
    assert changed.latest_invoice.total == 20_000 - 1_000
    assert changed["items"].data[0].current_period_end == START + int(15.5 * DAY) + 365 * DAY


def test_a_schedule_makes_the_plan_smaller_at_the_end_of_the_period(shop: Shop) -> None:
    small, large = shop.price(2_000), shop.price(5_000)
    made = subscribe(shop, shop.customer(), large)
    schedule = shop.v1.subscription_schedules.create({"from_subscription": made.id})
    present = schedule.phases[0]
    phases = [
        {"items": [{"price": large}], "start_date": present.start_date, "end_date": present.end_date},
        {"items": [{"price": small}], "iterations": 1},
    ]
    shop.v1.subscription_schedules.update(schedule.id, {"end_behavior": "release", "phases": phases})
    shop.later(31.1)
    changed = shop.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert changed["items"].data[0].price.id == small
    assert [line.amount for line in changed.latest_invoice.lines.data] == [2_000]
    shop.later(31)
    assert shop.v1.subscription_schedules.retrieve(schedule.id).status == "released"
    assert shop.v1.subscriptions.retrieve(made.id).schedule is None


def test_phases_that_leave_a_gap_are_refused(shop: Shop) -> None:
    small = shop.price(2_000)
    made = subscribe(shop, shop.customer(), small)
    schedule = shop.v1.subscription_schedules.create({"from_subscription": made.id})
    with pytest.raises(stripe.InvalidRequestError, match="contiguous"):
        shop.v1.subscription_schedules.update(schedule.id, {"phases": [{"items": [{"price": small}], "start_date": 5}]})
    assert shop.v1.subscription_schedules.release(schedule.id).status == "released"
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscription_schedules.cancel(schedule.id)


def test_a_subscription_ends_with_its_period_unless_that_is_taken_back(shop: Shop) -> None:
    made = subscribe(shop, shop.customer(), shop.price(2_000))
    ending = shop.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert ending.cancel_at == ending["items"].data[0].current_period_end
    assert shop.v1.subscriptions.update(made.id, {"cancel_at_period_end": False}).cancel_at is None
    shop.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    shop.later(31)
    assert statuses(shop, made.id) == "canceled"
    assert len(shop.v1.invoices.list().data) == 1


def test_a_subscription_that_was_cancelled_is_listed_only_when_asked_for(shop: Shop) -> None:
    made = subscribe(shop, shop.customer(), shop.price(2_000))
    assert shop.v1.subscriptions.cancel(made.id).status == "canceled"
    assert shop.v1.subscriptions.list().data == []
    assert [each.id for each in shop.v1.subscriptions.list({"status": "all"}).data] == [made.id]
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})


def test_failed_renewals_are_tried_again_and_then_end_the_subscription(shop: Shop) -> None:
    customer = shop.customer()
    made = subscribe(shop, customer, shop.price(2_000))
    shop.control("simulate", act="decline", customer=customer.id, times=4)
    shop.later(31.1)
    invoice = shop.v1.invoices.list().data[0]
    assert (statuses(shop, made.id), invoice.attempt_count, invoice.status) == ("past_due", 1, "open")
    assert invoice.next_payment_attempt is not None
    shop.later(15.1)
    assert shop.v1.invoices.retrieve(invoice.id).attempt_count == 4
    assert statuses(shop, made.id) == "canceled"
    assert shop.v1.subscriptions.retrieve(made.id).cancellation_details.reason == "payment_failed"
    assert len(shop.events("invoice.payment_failed")) == 4


def test_a_retry_that_is_paid_brings_the_subscription_back(shop: Shop) -> None:
    customer = shop.customer()
    made = subscribe(shop, customer, shop.price(2_000))
    shop.control("simulate", act="decline", customer=customer.id)
    shop.later(31.1)
    assert statuses(shop, made.id) == "past_due"
    shop.later(3)
    assert statuses(shop, made.id) == "active"


def test_whoever_tries_by_themselves_turns_the_retries_off(shop: Shop) -> None:
    customer = shop.customer()
    made = subscribe(shop, customer, shop.price(2_000))
    shop.control("simulate", act="decline", customer=customer.id, times=2)
    shop.later(31.1)
    invoice = shop.v1.invoices.list().data[0]
    shop.v1.invoices.update(invoice.id, {"auto_advance": False})
    shop.later(20)
    assert shop.v1.invoices.retrieve(invoice.id).attempt_count == 1
    with pytest.raises(stripe.CardError):
        shop.v1.invoices.pay(invoice.id)
    assert shop.v1.invoices.pay(invoice.id).status == "paid"
    assert statuses(shop, made.id) == "active"


def test_prices_that_cannot_be_subscribed_to_are_refused(shop: Shop) -> None:
    customer, product = shop.customer(), shop.v1.products.create({"name": "Setup"})
    once = shop.v1.prices.create({"product": product.id, "unit_amount": 100, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="recur"):
        subscribe(shop, customer, once.id)
    with pytest.raises(stripe.InvalidRequestError) as missing:
        shop.v1.subscriptions.create({"customer": customer.id, "items": []})
    assert missing.value.param == "items"
