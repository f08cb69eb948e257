"""The card that pays a subscription: what of it may be shown and compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.payments.charges import fingerprint_hash
from billing.processor.client import as_json, client


@dataclass(frozen=True, slots=True)
class Card:
    """What a receipt shows of a card, and the keyed hash by which it is known again."""

    brand: str
    last4: str
    expires: str
    """``12/2034``"""
    fingerprint: str


def card_of(subscription: Mapping[str, Any], customer: str) -> Card | None:
    """Fetch the card that pays a subscription, else the one that pays whatever its customer owes."""
    method = subscription["default_payment_method"] or _usual(customer)
    return fetched(method) if method else None


def fetched(method: str) -> Card | None:
    """Fetch a payment method; nothing where it is no card."""
    card = as_json(client().v1.payment_methods.retrieve(method))["card"]
    if card is None:
        return None
    expires = f"{card['exp_month']:02d}/{card['exp_year']}"
    return Card(card["brand"], card["last4"], expires, fingerprint_hash(card["fingerprint"] or ""))


def _usual(customer: str) -> str | None:
    settings = as_json(client().v1.customers.retrieve(customer)).get("invoice_settings") or {}
    method: str | None = settings.get("default_payment_method")
    return method
