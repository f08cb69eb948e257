"""A shop at the sandbox, and its objects as the webhooks' handlers see them."""

from typing import Any

from tests.billing.sandbox.conftest import *  # noqa: F403 (fixtures)
from tests.billing.sandbox.shop import Shop

PRICE = 4_900
"""Cents a month."""


def invoice_of(shop: Shop, invoice: str) -> dict[str, Any]:
    """Return an invoice with its lines and payments."""
    fetched: dict[str, Any] = shop.v1.invoices.retrieve(invoice, {"expand": ["payments"]}).to_dict()
    return fetched


def charge_of(shop: Shop, charge: str) -> dict[str, Any]:
    """Return a charge."""
    fetched: dict[str, Any] = shop.v1.charges.retrieve(charge).to_dict()
    return fetched


def subscribed(shop: Shop, customer: str, amount: int = PRICE, behavior: str = "allow_incomplete") -> Any:  # noqa: ANN401
    """Return a new subscription."""
    items = [{"price": shop.price(amount), "quantity": 1}]
    return shop.v1.subscriptions.create({"customer": customer, "items": items, "payment_behavior": behavior})


def charges(shop: Shop, customer: str) -> list[dict[str, Any]]:
    """Return a customer's charges, newest first."""
    return [each.to_dict() for each in shop.v1.charges.list({"customer": customer}).data]
