"""Invoices: sums, items beside plans, payment, ends. And the catalogue they are made of."""

import pytest
import stripe

from tests.billing.sandbox.shop import Shop


def test_the_lines_of_a_month_add_up_to_what_is_paid(shop: Shop) -> None:
    customer = shop.customer()
    made = shop.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": shop.price(2_000), "quantity": 3}, {"price": shop.price(999)}]}
    )
    shop.control("clock", advance=31 * 86_400 + 60)
    draft = shop.v1.invoices.list({"status": "draft"}).data[0]
    for tokens, amount in ((1_200, 1_234), (7, 1)):
        asked = {"customer": customer.id, "invoice": draft.id, "amount": amount, "currency": "usd"}
        shop.v1.invoice_items.create({**asked, "description": f"{tokens} tokens", "metadata": {"tokens": str(tokens)}})
    shop.control("clock", advance=3_600)
    invoice = shop.v1.invoices.retrieve(draft.id, {"expand": ["payments"]})
    amounts = [line.amount for line in invoice.lines.data]
    assert sorted(amounts) == [1, 999, 1_234, 6_000]
    assert invoice.total == invoice.amount_paid == sum(amounts) == 8_234
    assert invoice.payments.data[0].amount_paid == 8_234
    assert shop.v1.charges.list().data[0].amount == 8_234
    assert [line.amount for line in shop.v1.invoices.line_items.list(invoice.id).data] == amounts
    assert invoice.parent.subscription_details.subscription == made.id


def test_pending_items_join_the_next_invoice(shop: Shop) -> None:
    customer = shop.customer()
    shop.v1.invoice_items.create({"customer": customer.id, "amount": 500, "currency": "usd"})
    gone = shop.v1.invoice_items.create({"customer": customer.id, "amount": 900, "currency": "usd"})
    shop.v1.invoice_items.delete(gone.id)
    invoice = shop.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert (invoice.total, invoice.status, invoice.auto_advance) == (500, "draft", False)
    final = shop.v1.invoices.finalize_invoice(invoice.id)
    assert (final.status, final.number.startswith("SANDBOX-")) == ("open", True)
    assert shop.v1.invoices.pay(invoice.id).status == "paid"
    assert shop.v1.invoice_payments.list({"invoice": invoice.id}).data[0].status == "paid"
    for act in (shop.v1.invoices.pay, shop.v1.invoices.finalize_invoice, shop.v1.invoices.delete):
        with pytest.raises(stripe.InvalidRequestError):
            act(invoice.id)


def test_an_invoice_without_a_card_is_paid_on_its_page(shop: Shop) -> None:
    customer = shop.customer(card=None)
    shop.v1.invoice_items.create({"customer": customer.id, "amount": 4_200, "currency": "usd", "description": "Tokens"})
    invoice = shop.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.invoices.pay(invoice.id)
    assert refused.value.code == "missing_payment_method"
    page = shop.v1.invoices.retrieve(invoice.id).hosted_invoice_url
    assert "42.00 USD" in shop.see(page)
    status, _, html = shop.click(page, card="pm_card_chargeCustomerFail")
    assert (status, "Your card was declined." in html) == (402, True)
    status, bank, _ = shop.click(page, card="pm_card_authenticationRequired")
    assert (status, "/3ds/pi_" in bank) == (303, True)
    _, back, _ = shop.click(bank, outcome="pass")
    assert back.startswith(page)
    assert shop.v1.invoices.retrieve(invoice.id).status == "paid"


def test_an_invoice_that_needs_the_person_says_so(shop: Shop) -> None:
    customer = shop.customer("pm_card_authenticationRequired")
    shop.v1.invoice_items.create({"customer": customer.id, "amount": 4_200, "currency": "usd"})
    invoice = shop.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    with pytest.raises(stripe.StripeError) as refused:
        shop.v1.invoices.pay(invoice.id)
    assert refused.value.code == "invoice_payment_intent_requires_action"
    assert "invoice.payment_action_required" in shop.kinds()


@pytest.mark.parametrize(("verb", "status"), [("void_invoice", "void"), ("mark_uncollectible", "uncollectible")])
def test_an_open_invoice_can_be_given_up(shop: Shop, verb: str, status: str) -> None:
    customer = shop.customer()
    shop.v1.invoice_items.create({"customer": customer.id, "amount": 500, "currency": "usd"})
    invoice = shop.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    with pytest.raises(stripe.InvalidRequestError):
        getattr(shop.v1.invoices, verb)(invoice.id)
    shop.v1.invoices.finalize_invoice(invoice.id)
    assert getattr(shop.v1.invoices, verb)(invoice.id).status == status
    intent = shop.v1.payment_intents.list().data[0]
    assert intent.status == ("canceled" if status == "void" else "requires_payment_method")


def test_a_draft_that_is_deleted_gives_its_items_back(shop: Shop) -> None:
    customer = shop.customer()
    shop.v1.invoice_items.create({"customer": customer.id, "amount": 500, "currency": "usd"})
    invoice = shop.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert shop.v1.invoices.delete(invoice.id).deleted
    assert len(shop.v1.invoice_items.list({"pending": True}).data) == 1
    again = shop.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert again.total == 500


def test_the_catalogue_is_found_by_lookup_key(shop: Shop) -> None:
    product = shop.v1.products.create({"id": "team", "name": "Team", "metadata": {"plan": "team"}})
    asked = {"currency": "usd", "lookup_key": "team-monthly", "product": product.id, "unit_amount": 2_000}
    first = shop.v1.prices.create(asked)
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.prices.create(asked)
    second = shop.v1.prices.create({**asked, "transfer_lookup_key": True})
    assert [each.id for each in shop.v1.prices.list({"lookup_keys": ["team-monthly"]}).data] == [second.id]
    shop.v1.prices.update(first.id, {"active": False})
    assert [each.id for each in shop.v1.prices.list({"active": True, "product": "team"}).data] == [second.id]
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.products.delete("team")
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.products.create({"id": "team", "name": "Again"})
    assert shop.v1.products.update("team", {"name": "Team 2"}).name == "Team 2"
    assert shop.events("product.updated")[0].data.previous_attributes["name"] == "Team"
