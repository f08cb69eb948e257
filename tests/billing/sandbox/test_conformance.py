"""What the sandbox answers is what the pinned SDK's annotations say."""

import re
from importlib.metadata import version

import pytest
import stripe

from billing.sandbox.objects import billing, hosted, payments
from billing.sandbox.objects.template import Template
from billing.sandbox.rendering import shown
from billing.sandbox.version import API_VERSION
from tests.billing.sandbox.shapes import CLASSES, faults, fields_of
from tests.billing.sandbox.shop import PNG, Shop, document

TEMPLATES = [
    each for module in (billing, hosted, payments) for each in vars(module).values() if isinstance(each, Template)
]


def test_the_sdk_is_the_pinned_one_and_speaks_this_version() -> None:
    assert (version("stripe"), stripe.api_version) == ("15.6.2", API_VERSION)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.kind)
def test_a_template_has_every_field_of_the_sdk_and_no_other(template: Template) -> None:
    omitted = set(template.omitted.split())
    assert template.keys | omitted == fields_of(CLASSES[template.kind])
    assert not template.keys & omitted


def test_a_field_that_a_kind_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="customer has no"):
        payments.CUSTOMER.make(nickname="Ada")


def test_every_object_of_a_busy_month_is_as_the_annotations_say(shop: Shop) -> None:
    busy_month(shop)
    state, wrong, kinds = shop.sandbox.state, [], set()
    for kind, kept in state.objects.items():
        for key, each in kept.items():
            kinds.add(kind)
            wrong += list(faults(shown(state, each), CLASSES[kind], f"{kind}({key[:12]})"))
    assert kinds == {each.kind for each in TEMPLATES} - {"plan"}
    assert sorted({re.sub(r"\(\w+\)", "", each) for each in wrong}) == []


def test_the_checker_finds_what_is_wrong() -> None:
    good = payments.REFUND.make(id="re_1", amount=5, created=1)
    assert list(faults(good, stripe.Refund, "refund")) == []
    said = list(faults({**good, "amount": "5", "nonsense": 1, "reason": 3}, stripe.Refund, "refund"))
    assert len(said) == 3


def busy_month(shop: Shop) -> None:
    """Let every kind of object come into being, with what it nests."""
    v1 = shop.v1
    v1.accounts.retrieve_current()
    v1.webhook_endpoints.create({"enabled_events": ["*"], "url": "http://127.0.0.1:9/nobody"})
    small, large = shop.price(2_000), shop.price(5_000)
    customer = shop.customer()
    subscription = v1.subscriptions.create({"customer": customer.id, "items": [{"price": small}]})
    item = subscription["items"].data[0].id
    shop.later(3)
    change = {"items": [{"id": item, "price": large}], "proration_behavior": "always_invoice"}
    v1.subscriptions.update(subscription.id, change)
    v1.subscription_schedules.create({"from_subscription": subscription.id})
    v1.invoice_items.create({"customer": customer.id, "amount": 700, "currency": "usd", "description": "Tokens"})
    for card in ("pm_card_createDispute", "pm_card_createIssuerFraudRecord", "pm_card_createDisputeInquiry"):
        pay(shop, card)
    for card in ("pm_card_chargeCustomerFail", "pm_card_authenticationRequired"):
        with pytest.raises(stripe.CardError):
            pay(shop, card, off_session=True)
    pay(shop, "pm_card_authenticationRequired")
    v1.refunds.create({"payment_intent": pay(shop, "pm_card_visa").id, "amount": 300})
    v1.setup_intents.create({"customer": customer.id, "payment_method": "pm_card_visa", "confirm": True})
    with pytest.raises(stripe.CardError):
        v1.setup_intents.create({"payment_method": "pm_card_visa_chargeDeclined", "confirm": True})
    hosted_pages(shop, customer.id, large)
    dispute = v1.disputes.list({"limit": 1}).data[0]
    receipt = v1.files.create({"purpose": "dispute_evidence", "file": document(PNG, "receipt.png")})
    v1.disputes.update(dispute.id, {"evidence": {"receipt": receipt.id, "uncategorized_text": "winning_evidence"}})
    shop.control("simulate", act="decline", customer=customer.id)
    shop.later(32)


def pay(shop: Shop, card: str, **known: object) -> stripe.PaymentIntent:
    asked = {"amount": 1_000, "confirm": True, "currency": "usd", "payment_method": card, **known}
    made: stripe.PaymentIntent = shop.v1.payment_intents.create(asked)
    return made


def hosted_pages(shop: Shop, customer: str, price: str) -> None:
    v1, urls = shop.v1, {"success_url": "http://localhost/done"}
    v1.billing_portal.sessions.create({"customer": customer, "return_url": "http://localhost/"})
    v1.checkout.sessions.create({"mode": "setup", "currency": "usd", "customer": customer, **urls})
    session = v1.checkout.sessions.create({"mode": "subscription", "line_items": [{"price": price}], **urls})
    shop.click(session.url, card="pm_card_visa", email="bo@example.com")
