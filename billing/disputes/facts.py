"""What a dispute of Stripe's says, as columns of a case."""

from datetime import UTC, datetime
from typing import Any

from billing.disputes.states import CaseType, Status, is_inquiry


def facts_of(dispute: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of `DisputeCase` that follow Stripe; raises `ValueError` for a status that nobody knows."""
    card = (dispute.get("payment_method_details") or {}).get("card") or {}
    details = dispute.get("evidence_details") or {}
    status = Status(dispute["status"])
    return {
        "charge_id": dispute["charge"],
        "payment_intent_id": dispute.get("payment_intent") or "",
        "case_type": _case_type(card.get("case_type"), status),
        "reason": dispute["reason"],
        "network_reason_code": dispute.get("network_reason_code") or card.get("network_reason_code") or "",
        "card_brand": card.get("brand") or "",
        "status": status.value,
        "amount_cents": dispute["amount"],
        "currency": dispute["currency"],
        "due_at": moment(details.get("due_by")),
        "enhanced_eligibility": details.get("enhanced_eligibility") or {},
        "enhanced_types": list(dispute.get("enhanced_eligibility_types") or []),
        "submission_count": details.get("submission_count") or 0,
    }


def moment(seconds: int | None) -> datetime | None:
    """Return a time of Stripe's; it says none as null or 0."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _case_type(said: str | None, status: Status) -> CaseType:
    """Return the kind of case. One that is not a card's, or of a kind made up since, is what its status says."""
    if said in CaseType.values:
        return CaseType(said)
    return CaseType.INQUIRY if is_inquiry(status) else CaseType.CHARGEBACK
