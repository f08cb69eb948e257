"""Stripe's objects as they stand now, with everything that rows are made of."""

from typing import Any

from billing.processor.client import as_json, client

_PAGE = 100


def fetch_invoice(invoice_id: str) -> dict[str, Any]:
    """Return an invoice with its payments and all of its lines, of which Stripe sends only the first ones."""
    service = client().v1.invoices
    invoice: dict[str, Any] = as_json(service.retrieve(invoice_id, {"expand": ["payments"]}))
    if invoice["lines"]["has_more"]:
        lines = service.line_items.list(invoice_id, {"limit": _PAGE}).auto_paging_iter()
        invoice["lines"]["data"] = [as_json(line) for line in lines]
    return invoice


def fetch_charge(charge_id: str) -> dict[str, Any]:
    """Return a charge."""
    charge: dict[str, Any] = as_json(client().v1.charges.retrieve(charge_id))
    return charge


def fetch_subscription(subscription_id: str) -> dict[str, Any]:
    """Return a subscription with its items and their prices."""
    subscription: dict[str, Any] = as_json(client().v1.subscriptions.retrieve(subscription_id))
    return subscription
