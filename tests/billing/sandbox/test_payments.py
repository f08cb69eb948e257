"""Payment and setup intents: paid, declined, authenticated or not."""

from typing import Any

import pytest
import stripe

from tests.billing.sandbox.shop import Shop

BACK = "http://localhost:8000/back"


def told(refused: pytest.ExceptionInfo[stripe.CardError]) -> Any:  # noqa: ANN401 (each of its fields may be nothing)
    """Return the error of a decline, as the SDK parsed it."""
    return refused.value.error


def pay(shop: Shop, card: str, **known: object) -> stripe.PaymentIntent:
    asked = {"amount": 2_500, "confirm": True, "currency": "usd", "payment_method": card, **known}
    made: stripe.PaymentIntent = shop.v1.payment_intents.create(asked)
    return made


def test_a_good_card_pays(shop: Shop) -> None:
    paid = pay(shop, "pm_card_visa", metadata={"order": "7"})
    assert (paid.status, paid.amount_received) == ("succeeded", 2_500)
    charge = shop.v1.charges.retrieve(paid.latest_charge)
    assert (charge.paid, charge.outcome.type, charge.metadata.to_dict()) == (True, "authorized", {"order": "7"})
    assert shop.v1.balance_transactions.retrieve(charge.balance_transaction).net == 2_500 - 103
    assert shop.kinds() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


@pytest.mark.parametrize(
    ("card", "code", "decline", "advice", "network_advice"),
    [
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline", "try_again_later", "02"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", "try_again_later", "02"),
        (
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
            "try_again_later",
            "02",
        ),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", "do_not_try_again", "03"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", "do_not_try_again", "03"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "confirm_card_data", "01"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "confirm_card_data", "01"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", "try_again_later", "02"),
    ],
)
def test_a_decline_says_why_and_what_to_do(
    shop: Shop, card: str, code: str, decline: str, advice: str, network_advice: str
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        pay(shop, card)
    said = told(refused)
    assert (said.code, said.decline_code, said.advice_code) == (code, decline, advice)
    assert said.network_advice_code == network_advice
    intent = shop.v1.payment_intents.retrieve(said.payment_intent.id)
    assert (intent.status, intent.last_payment_error.decline_code) == ("requires_payment_method", decline)
    charge = shop.v1.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.outcome.advice_code, charge.outcome.reason) == ("failed", advice, decline)
    assert shop.kinds()[1:] == ["charge.failed", "payment_intent.payment_failed"]


def test_a_declined_payment_can_be_paid_by_another_card(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as refused:
        pay(shop, "pm_card_chargeCustomerFail")
    key = told(refused).payment_intent.id
    assert shop.v1.payment_intents.confirm(key, {"payment_method": "pm_card_visa"}).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        shop.v1.payment_intents.confirm(key, {"payment_method": "pm_card_visa"})


@pytest.mark.parametrize(
    ("outcome", "status", "said"), [("pass", "succeeded", "succeeded"), ("fail", "requires_payment_method", "failed")]
)
def test_a_bank_asks_and_the_person_answers(shop: Shop, outcome: str, status: str, said: str) -> None:
    asked = pay(shop, "pm_card_authenticationRequired", return_url=BACK)
    assert asked.status == "requires_action"
    assert asked.next_action is not None
    assert asked.next_action.redirect_to_url is not None
    url = str(asked.next_action.redirect_to_url.url)
    assert "25.00 USD" in shop.see(url)
    code, back, _ = shop.click(url, outcome=outcome)
    assert code == 303
    assert back.startswith(f"{BACK}?payment_intent={asked.id}")
    assert back.endswith(f"redirect_status={said}")
    assert shop.v1.payment_intents.retrieve(asked.id).status == status
    assert "Nothing waits" in shop.see(url)


def test_what_was_authenticated_says_so_on_the_charge(shop: Shop) -> None:
    asked = pay(shop, "pm_card_visa", payment_method_options={"card": {"request_three_d_secure": "any"}})
    assert asked.status == "requires_action"
    shop.click(f"/3ds/{asked.id}", outcome="pass")
    charge = shop.v1.charges.list().data[0]
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_nobody_is_there_to_authenticate_off_session(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as refused:
        pay(shop, "pm_card_authenticationRequired", off_session=True)
    assert refused.value.code == "authentication_required"
    assert told(refused).payment_intent.status == "requires_payment_method"


def test_a_card_that_was_set_up_pays_off_session(shop: Shop) -> None:
    customer = shop.customer(card=None)
    card = "pm_card_authenticationRequiredOnSetup"
    intent = shop.v1.setup_intents.create(
        {"customer": customer.id, "payment_method": card, "confirm": True, "return_url": BACK}
    )
    assert intent.status == "requires_action"
    shop.click(intent.next_action.redirect_to_url.url, outcome="pass")
    done = shop.v1.setup_intents.retrieve(intent.id)
    assert done.status == "succeeded"
    paid = pay(shop, done.payment_method, customer=customer.id, off_session=True)
    assert paid.status == "succeeded"
    assert "payment_method.attached" in shop.kinds()


def test_a_card_that_fails_its_setup_is_not_kept(shop: Shop) -> None:
    customer = shop.customer(card=None)
    intent = shop.v1.setup_intents.create(
        {"customer": customer.id, "payment_method": "pm_card_authenticationRequired", "confirm": True}
    )
    shop.click(f"/3ds/{intent.id}", outcome="fail")
    failed = shop.v1.setup_intents.retrieve(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_setup_error.code == "setup_intent_authentication_failure"
    assert shop.v1.customers.payment_methods.list(customer.id).data == []
    assert shop.kinds()[-1] == "setup_intent.setup_failed"
    assert shop.v1.setup_intents.cancel(intent.id).status == "canceled"


def test_a_card_that_declines_at_once_cannot_be_kept(shop: Shop) -> None:
    customer = shop.customer(card=None)
    with pytest.raises(stripe.CardError) as refused:
        shop.v1.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": customer.id})
    assert told(refused).decline_code == "generic_decline"
    with pytest.raises(stripe.CardError):
        shop.customer("pm_card_chargeDeclinedExpiredCard")
    assert len(shop.v1.customers.list().data) == 1


def test_a_method_that_was_detached_is_used_no_more(shop: Shop) -> None:
    customer = shop.customer()
    method = customer.invoice_settings.default_payment_method
    assert shop.v1.payment_methods.detach(method).customer is None
    assert shop.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method is None
    with pytest.raises(stripe.InvalidRequestError, match="cannot be used again"):
        shop.v1.payment_methods.attach(method, {"customer": customer.id})


def test_declines_can_be_ordered_one_by_one(shop: Shop) -> None:
    customer = shop.customer()
    method = customer.invoice_settings.default_payment_method
    shop.control("simulate", act="decline", customer=customer.id, code="insufficient_funds")
    shop.control("simulate", act="decline", customer=customer.id, code="do_not_honor")
    for code in ("insufficient_funds", "do_not_honor"):
        with pytest.raises(stripe.CardError) as refused:
            pay(shop, method, customer=customer.id, off_session=True)
        assert told(refused).decline_code == code
    assert pay(shop, method, customer=customer.id, off_session=True).status == "succeeded"


def test_a_charge_is_refunded_in_parts_and_never_beyond(shop: Shop) -> None:
    paid = pay(shop, "pm_card_visa")
    shop.v1.refunds.create({"payment_intent": paid.id, "amount": 1_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        shop.v1.refunds.create({"payment_intent": paid.id, "amount": 1_501})
    rest = shop.v1.refunds.create({"charge": paid.latest_charge, "reason": "requested_by_customer"})
    assert rest.amount == 1_500
    charge = shop.v1.charges.retrieve(paid.latest_charge, {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded, len(charge.refunds.data)) == (True, 2_500, 2)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.refunds.create({"charge": paid.latest_charge})
    assert refused.value.code == "charge_already_refunded"


def test_an_intent_is_cancelled_once(shop: Shop) -> None:
    made = shop.v1.payment_intents.create({"amount": 100, "currency": "usd"})
    assert shop.v1.payment_intents.cancel(made.id, {"cancellation_reason": "abandoned"}).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.cancel(made.id)
