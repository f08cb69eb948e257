"""Stripe's charges into rows: a pure function from its objects, and the verb that records them."""

from typing import Any

from django.db import transaction

from billing.payments.invoices import id_of, tie
from billing.payments.models import ChargeState
from billing.payments.moments import moment, moment_or_none
from tenants.signature import derive

_RANKS = {"pending": 0, "failed": 1, "succeeded": 1}
_FINGERPRINT = "tidegate.billing.card.v1"


def charge_values(charge: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that a charge of Stripe's fills."""
    return {
        "payment_intent_id": id_of(charge["payment_intent"]),
        "amount_cents": charge["amount"],
        "refunded_cents": charge["amount_refunded"],
        "currency": charge["currency"],
        "status": charge["status"],
        "created_at": moment(charge["created"]),
        "captured_at": moment_or_none(charge["created"] if charge["captured"] else None),
        "receipt_email": charge["receipt_email"] or "",
        "disputed": charge["disputed"],
        "description": (charge["description"] or "")[:500],
        **_outcome_values(charge),
        **_card_values((charge["payment_method_details"] or {}).get("card") or {}),
    }


def _outcome_values(charge: dict[str, Any]) -> dict[str, str]:
    """Return why a charge failed. The issuer's decline code is the outcome's ``reason``."""
    outcome = charge["outcome"] or {}
    failed = charge["status"] == "failed"
    return {
        "failure_code": charge["failure_code"] or "",
        "decline_code": (outcome.get("reason") or "") if failed else "",
        "advice_code": outcome.get("advice_code") or "",
        "network_decline_code": outcome.get("network_decline_code") or "",
    }


def _card_values(card: dict[str, Any]) -> dict[str, str]:
    secured = card.get("three_d_secure") or {}
    return {
        "card_brand": card.get("brand") or "",
        "card_last4": card.get("last4") or "",
        "card_country": card.get("country") or "",
        "card_fingerprint_hash": fingerprint_hash(card.get("fingerprint") or ""),
        "network": card.get("network") or "",
        "three_d_secure": secured.get("result") or "",
        "three_d_secure_eci": secured.get("electronic_commerce_indicator") or "",
    }


def fingerprint_hash(fingerprint: str) -> str:
    """Return what stands for a card's fingerprint here: an HMAC under a key of this installation; "" for none."""
    return derive(_FINGERPRINT, fingerprint.encode()).hex() if fingerprint else ""


def rank(values: dict[str, Any]) -> tuple[int, bool, int]:
    """Return what only grows in a charge's life: of two states the one that ranks lower is the older."""
    return _RANKS[values["status"]], values["disputed"], values["refunded_cents"]


@transaction.atomic
def record_charge(charge: dict[str, Any], refund_failed: bool = False) -> ChargeState:
    """Let the row of a charge follow from its object, in the open organisation; an older object changes nothing.

    `refund_failed` tells that a refund came back: only then may the sum of what was refunded fall.
    """
    values = charge_values(charge)
    row, new = ChargeState.objects.select_for_update().get_or_create(stripe_id=charge["id"], defaults=values)
    if not new and rank(values) < rank(vars(row)) and not refund_failed:
        return row  # type: ignore[no-any-return]  # the manager of tenant models has no row type
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    tie(row)
    return row  # type: ignore[no-any-return]  # as above
