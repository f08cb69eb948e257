"""Stripe's charges become rows: paid, declined, with 3-D Secure, refunded; they never go backwards."""

from typing import Any

import pytest
from django.db import connection

from billing.payments.charges import charge_values, record_charge
from billing.payments.models import ChargeState
from tests.billing.payments.conftest import PRICE, charge_of, charges, subscribed
from tests.billing.sandbox.shop import Shop
from tests.people import Person


@pytest.fixture
def charge(shop: Shop) -> dict[str, Any]:
    customer = shop.customer()
    subscribed(shop, customer.id)
    return charges(shop, customer.id)[0]


def test_a_paid_charge_becomes_a_row(in_acme: Person, charge: dict[str, Any]) -> None:
    row = record_charge(charge)
    assert (row.status, row.amount_cents, row.refunded_cents, row.disputed) == ("succeeded", PRICE, 0, False)
    assert (row.card_brand, row.card_last4, row.network) == ("visa", "4242", "visa")
    assert row.captured_at is not None
    assert (row.failure_code, row.decline_code, row.three_d_secure) == ("", "", "")


def test_a_declined_charge_says_why(in_acme: Person, shop: Shop) -> None:
    customer = shop.customer()
    shop.control("simulate", act="decline", customer=customer.id, code="insufficient_funds")
    subscribed(shop, customer.id)
    row = record_charge(charges(shop, customer.id)[0])
    assert (row.status, row.failure_code, row.decline_code) == ("failed", "card_declined", "insufficient_funds")
    assert row.advice_code
    assert row.network_decline_code
    assert row.captured_at is None


def test_three_d_secure_is_kept_with_its_result(in_acme: Person, charge: dict[str, Any]) -> None:
    secured = {"result": "authenticated", "electronic_commerce_indicator": "05"}
    charge["payment_method_details"]["card"]["three_d_secure"] = secured
    row = record_charge(charge)
    assert (row.three_d_secure, row.three_d_secure_eci) == ("authenticated", "05")


def test_no_id_of_a_customer_or_card_is_kept(in_acme: Person, charge: dict[str, Any]) -> None:
    record_charge(charge)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM payments_chargestate c")
        (text,) = cursor.fetchone()
    secrets = [charge["customer"], charge["payment_method"], charge["payment_method_details"]["card"]["fingerprint"]]
    assert [each for each in secrets if each in text] == []


def test_equal_cards_have_equal_hashes_in_every_organisation(charge: dict[str, Any], settings: Any) -> None:  # noqa: ANN401
    other = {**charge, "id": "ch_other"}
    hashed = charge_values(charge)["card_fingerprint_hash"]
    assert hashed == charge_values(other)["card_fingerprint_hash"]
    settings.SECRET_KEY = "another installation's key, which is long enough to be one"
    assert hashed != charge_values(charge)["card_fingerprint_hash"]


def test_a_refund_counts_and_an_older_object_does_not_undo_it(in_acme: Person, shop: Shop, charge: Any) -> None:  # noqa: ANN401
    record_charge(charge)
    shop.v1.refunds.create({"charge": charge["id"], "amount": 900})
    record_charge(charge_of(shop, charge["id"]))
    record_charge(charge)
    assert ChargeState.objects.get().refunded_cents == 900


def test_only_a_refund_that_failed_lowers_the_sum(in_acme: Person, charge: dict[str, Any]) -> None:
    record_charge({**charge, "amount_refunded": 900})
    record_charge({**charge, "amount_refunded": 0}, refund_failed=True)
    assert ChargeState.objects.get().refunded_cents == 0


def test_a_disputed_charge_stays_disputed(in_acme: Person, shop: Shop, charge: dict[str, Any]) -> None:
    shop.control("simulate", act="dispute", charge=charge["id"])
    record_charge(charge_of(shop, charge["id"]))
    record_charge(charge)
    assert ChargeState.objects.get().disputed


def test_other_ways_to_pay_leave_the_card_empty(in_acme: Person, charge: dict[str, Any]) -> None:
    charge["payment_method_details"] = {"type": "sepa_debit"}
    row = record_charge(charge)
    assert (row.card_brand, row.card_fingerprint_hash) == ("", "")
