"""Asking Stripe for an object by its kind and id, and for whose it is."""

from typing import Any

import orjson
import stripe
from stripe._object_classes import get_object_class

from billing.processor.client import client

LEADS_TO_CUSTOMER = ("charge", "payment_intent", "setup_intent", "invoice", "subscription")
"""Fields by which an object without a customer refers to one that has one: disputes, warnings, refunds."""


def fresh(known: dict[str, Any]) -> dict[str, Any]:
    """Return an object as it is now; the one that is known, with ``deleted``, where Stripe no longer has it.

    What has no address (a preview, the balance) is returned as it is known.
    """
    address = _address(str(known.get("object")), known.get("id"))
    if not address:
        return known
    try:
        return _get(address)
    except stripe.InvalidRequestError as error:
        if error.http_status != 404:
            raise
        return {**known, "deleted": True}


def customer_of(known: dict[str, Any], previous: dict[str, Any] | None = None) -> str | None:
    """Return the customer whose an object is; `previous` are the values before the event. None where it has none."""
    if known.get("object") == "customer":
        return str(known["id"])
    if customer := known.get("customer") or (previous or {}).get("customer"):
        return str(customer["id"] if isinstance(customer, dict) else customer)
    for field in LEADS_TO_CUSTOMER:
        if isinstance(other := known.get(field), str):
            return customer_of(_get(_address(field, other)))
    return None


def _get(address: str) -> dict[str, Any]:
    return orjson.loads(client().raw_request("get", address).body)  # type: ignore[no-any-return]  # JSON


def _address(kind: str, key: object) -> str:
    """Return the path of an object, or "" for a kind that has none of its own."""
    if not isinstance(key, str):
        return ""
    try:
        described: Any = get_object_class("V1", kind).construct_from({"id": key}, None)
        return str(described.instance_url())
    except (AttributeError, NotImplementedError):
        return ""
