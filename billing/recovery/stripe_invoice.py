"""What Stripe says of an invoice now, and what is asked of it: two reads, and two acts that happen once."""

from dataclasses import dataclass
from typing import Any

import stripe

from billing.payments.charges import fingerprint_hash
from billing.payments.invoices import id_of
from billing.processor.client import as_json, client
from billing.processor.operations import perform

MOST_METHODS = 20
CANNOT_PAY = {"invoice_already_paid", "invoice_not_payable", "invoice_not_open", "missing_payment_method"}


@dataclass(frozen=True, slots=True)
class Seen:
    """An invoice and the payment it waits for, as JSON; no payment where nothing is to be paid."""

    invoice: dict[str, Any]
    intent: dict[str, Any]

    @property
    def error(self) -> dict[str, Any]:
        """Why the last try failed; empty where none did."""
        return self.intent.get("last_payment_error") or {}

    @property
    def wants_the_cardholder(self) -> bool:
        """Tell whether a bank waits for the cardholder now."""
        return self.intent.get("status") == "requires_action"

    @property
    def is_under_way(self) -> bool:
        """Tell whether somebody is paying just now, by 3-D Secure or at a slow bank."""
        return self.intent.get("status") in {"requires_action", "processing"}


@dataclass(frozen=True, slots=True)
class StoredCard:
    """A stored card: the payment method's id, and the card's hash."""

    method: str
    hash: str


def see(invoice_id: str) -> Seen:
    """Fetch an invoice and the payment intent that is to pay it."""
    invoices = client().v1.invoices
    invoice = as_json(invoices.retrieve(invoice_id, {"expand": ["payments"]}))
    open_ones = [each for each in invoice["payments"]["data"] if each["status"] == "open"]
    intent = next((id_of(each["payment"].get("payment_intent")) for each in open_ones), "")
    return Seen(invoice, as_json(client().v1.payment_intents.retrieve(intent)) if intent else {})


def stored_cards(customer: str) -> list[StoredCard]:
    """Return the cards that a customer keeps at Stripe, the newest first."""
    asked: Any = {"customer": customer, "type": "card", "limit": MOST_METHODS}
    methods = as_json(client().v1.payment_methods.list(asked))["data"]
    return [StoredCard(each["id"], card_facts(each)["card_hash"]) for each in methods]


def card_facts(method: dict[str, Any]) -> dict[str, str]:
    """Return what we keep of a payment method's card."""
    card = method.get("card") or {}
    return {
        "card_hash": fingerprint_hash(card.get("fingerprint") or ""),
        "card_brand": card.get("brand") or "",
        "card_last4": card.get("last4") or "",
        "card_country": card.get("country") or "",
    }


def stop_automatic_tries(invoice_id: str) -> None:
    """Let Stripe not try by itself any more: there is one engine, this one."""
    params = {"invoice": invoice_id, "auto_advance": False}
    perform("invoice_tries_off", f"recovery:tries-off:{invoice_id}", params, _update)


def pay(invoice_id: str, method: str, key: str) -> dict[str, Any]:
    """Try to be paid once; return ``{"invoice": …}``, or ``{"refused": …}`` with the error of the refusal.

    Raises what leaves the end unknown; the same key then gets the first answer.
    """
    params = {"invoice": invoice_id, "off_session": True, **({"payment_method": method} if method else {})}
    return perform("invoice_pay", key, params, _pay)


def _update(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401 (an object of the SDK)
    changes: Any = {name: value for name, value in params.items() if name != "invoice"}
    return client().v1.invoices.update(params["invoice"], changes, {"idempotency_key": key})


def _pay(params: dict[str, Any], key: str) -> dict[str, Any]:
    wanted: Any = {name: value for name, value in params.items() if name != "invoice"}
    try:
        paid = client().v1.invoices.pay(params["invoice"], wanted, {"idempotency_key": key})
    except stripe.CardError as error:
        return {"refused": _said(error)}
    except stripe.InvalidRequestError as error:
        if error.code not in CANNOT_PAY:
            raise
        return {"refused": _said(error)}
    return {"id": params["invoice"], "invoice": as_json(paid)}


def _said(error: stripe.StripeError) -> dict[str, Any]:
    body: Any = error.json_body or {}
    return dict(body.get("error") or {"code": error.code})
