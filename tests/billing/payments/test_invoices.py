"""Stripe's invoices become rows, whatever order their objects come in, and never go backwards."""

from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from billing.payments.charges import record_charge
from billing.payments.invoices import record_invoice, record_invoice_payment
from billing.payments.models import ChargeState, InvoiceLine, InvoiceState
from tenants.scope import org_scope
from tests.billing.payments.conftest import PRICE, charges, invoice_of, subscribed
from tests.billing.sandbox.shop import Shop
from tests.people import Person


@pytest.fixture
def paid(shop: Shop) -> dict[str, Any]:
    customer = shop.customer()
    return invoice_of(shop, subscribed(shop, customer.id).latest_invoice)


def test_a_paid_invoice_becomes_a_row(in_acme: Person, shop: Shop, paid: dict[str, Any]) -> None:
    row = record_invoice(paid)
    assert (row.status, row.total_cents, row.paid_cents, row.currency) == ("paid", PRICE, PRICE, "usd")
    assert row.subscription_id == paid["parent"]["subscription_details"]["subscription"]
    assert row.number == paid["number"]
    assert row.paid_at is not None
    assert row.hosted_url.startswith("http")
    line = InvoiceLine.objects.get()
    assert (line.invoice_id, line.amount_cents, line.usage_key) == (row.id, PRICE, "")
    assert line.period_end > line.period_start


def test_the_same_object_again_changes_nothing(in_acme: Person, paid: dict[str, Any]) -> None:
    first, again = record_invoice(paid), record_invoice(paid)
    assert first.pk == again.pk
    assert (InvoiceState.objects.count(), InvoiceLine.objects.count()) == (1, 1)


def test_an_invoice_never_goes_back_to_an_earlier_state(in_acme: Person, shop: Shop) -> None:
    customer = shop.customer()
    subscription = subscribed(shop, customer.id, behavior="default_incomplete")
    open_ = invoice_of(shop, subscription.latest_invoice)
    shop.v1.invoices.pay(open_["id"])
    paid = invoice_of(shop, open_["id"])
    for order in permutations([open_, paid]):
        InvoiceLine.objects.all().delete()
        InvoiceState.objects.all().delete()
        for each in order:
            record_invoice(each)
        row = InvoiceState.objects.get()
        assert (row.status, row.paid_cents, row.due_cents) == ("paid", PRICE, PRICE)


def test_lines_taken_off_a_draft_are_gone(in_acme: Person, shop: Shop) -> None:
    customer = shop.customer()
    draft = shop.v1.invoices.create({"customer": customer.id}).id
    for amount in (100, 250):
        shop.v1.invoice_items.create({"customer": customer.id, "amount": amount, "invoice": draft})
    invoice = invoice_of(shop, draft)
    assert record_invoice(invoice).total_cents == 350
    invoice["lines"]["data"].pop()
    record_invoice(invoice)
    assert InvoiceLine.objects.count() == 1


def test_a_line_says_which_usage_it_bills(in_acme: Person, shop: Shop) -> None:
    customer = shop.customer()
    draft = shop.v1.invoices.create({"customer": customer.id}).id
    asked = {"customer": customer.id, "amount": 7, "invoice": draft, "metadata": {"usage_key": "u1"}}
    shop.v1.invoice_items.create(asked)
    record_invoice(invoice_of(shop, draft))
    assert InvoiceLine.objects.get().usage_key == "u1"


def test_invoice_and_charge_find_each_other_in_any_order(in_acme: Person, shop: Shop) -> None:
    customer = shop.customer()
    invoice = invoice_of(shop, subscribed(shop, customer.id).latest_invoice)
    (charge,) = charges(shop, customer.id)
    payment = invoice["payments"]["data"][0]
    bare = {**invoice, "payments": None}
    acts: list[Callable[[], Any]] = [
        partial(record_invoice, bare),
        partial(record_charge, charge),
        partial(record_invoice_payment, payment),
    ]
    for order in permutations(acts):
        for model in (InvoiceLine, InvoiceState, ChargeState):
            model.objects.all().delete()
        for act in order:
            act()
        record_invoice(invoice)
        assert InvoiceState.objects.get().charge_id == charge["id"]
        assert ChargeState.objects.get().invoice_id == invoice["id"]


def test_a_voided_invoice_stays_void(in_acme: Person, shop: Shop) -> None:
    customer = shop.customer()
    invoice = subscribed(shop, customer.id, behavior="default_incomplete").latest_invoice
    open_ = invoice_of(shop, invoice)
    shop.v1.invoices.void_invoice(invoice)
    record_invoice(invoice_of(shop, invoice))
    record_invoice(open_)
    assert InvoiceState.objects.get().status == "void"


def test_rows_are_the_open_organisations(in_acme: Person, eve: Person, paid: dict[str, Any]) -> None:
    record_invoice(paid)
    with org_scope(eve.organization.id):
        assert not InvoiceState.objects.exists()
