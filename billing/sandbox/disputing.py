"""A dispute's life: opened by a bank, answered once, decided."""

from billing.sandbox.balance import DISPUTE_FEE, book
from billing.sandbox.clock import DAY
from billing.sandbox.events import changing, emit
from billing.sandbox.faults import wrong_state
from billing.sandbox.objects.payments import DISPUTE, EARLY_FRAUD_WARNING
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State

ANSWER_WITHIN, DECIDED_AFTER, TEST_DECIDED_AFTER = 9 * DAY, 65 * DAY, 60
OPEN = {"needs_response", "warning_needs_response"}
FINAL = {"won", "lost", "warning_closed", "prevented"}
#: Case type → (first status, after evidence). Compliance and chargebacks take the money at once.
STATUSES = {
    "chargeback": ("needs_response", "under_review"),
    "compliance": ("needs_response", "under_review"),
    "inquiry": ("warning_needs_response", "warning_under_review"),
}
_NETWORK_REASONS = {
    "fraudulent": "10.4",
    "product_not_received": "13.1",
    "subscription_canceled": "13.2",
    "duplicate": "12.6",
}


def open_dispute(state: State, charge: Object, reason: str, case_type: str = "chargeback") -> Object:
    """Let the bank open a dispute about a charge, of its whole amount."""
    if charge["disputed"] or charge["status"] != "succeeded":
        raise wrong_state("charge_already_disputed", "This charge is disputed already, or was never paid.")
    card = charge["payment_method_details"]["card"]
    dispute = state.make(
        DISPUTE,
        amount=charge["amount"] - charge["amount_refunded"],
        charge=charge["id"],
        currency=charge["currency"],
        evidence_details=_details(state, reason, case_type),
        enhanced_eligibility_types=_eligibility(reason, case_type),
        is_charge_refundable=case_type == "inquiry",
        network_reason_code=_NETWORK_REASONS.get(reason, "13.7"),
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "card": {
                "brand": card["brand"],
                "case_type": case_type,
                "network": card["brand"],
                "network_reason_code": _NETWORK_REASONS.get(reason, "13.7"),
            },
            "type": "card",
        },
        reason=reason,
        status=STATUSES[case_type][0],
    )
    charge["disputed"] = True
    emit(state, "charge.dispute.created", dispute)
    if case_type != "inquiry":
        _move(state, dispute, -dispute["amount"], DISPUTE_FEE, "charge.dispute.funds_withdrawn")
    return dispute


def prevent(state: State, charge: Object) -> Object:
    """Let a dispute be prevented (by an alert's refund): it is shown, costs nothing and is at its end."""
    dispute = open_dispute(state, charge, "fraudulent", "inquiry")
    _end(state, dispute, "prevented")
    return dispute


def _details(state: State, reason: str, case_type: str) -> Object:
    eligible: Object = {}
    if "visa_compelling_evidence_3" in _eligibility(reason, case_type):
        actions = ["provide_merchandise_or_services_type", "provide_prior_transactions"]
        eligible["visa_compelling_evidence_3"] = {"required_actions": actions, "status": "requires_action"}
    if case_type == "compliance":
        eligible["visa_compliance"] = {"status": "requires_fee_acknowledgement"}
    return {
        "due_by": state.now() + ANSWER_WITHIN,
        "enhanced_eligibility": eligible,
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
    }


def _eligibility(reason: str, case_type: str) -> list[str]:
    if case_type == "compliance":
        return ["visa_compliance"]
    return ["visa_compelling_evidence_3"] if (reason, case_type) == ("fraudulent", "chargeback") else []


def _move(state: State, dispute: Object, amount: int, fee: int, event: str) -> None:
    moved = book(state, "adjustment", dispute, amount, fee, "dispute" if amount < 0 else "dispute_reversal")
    dispute["balance_transactions"] = [*dispute["balance_transactions"], moved["id"]]
    emit(state, event, dispute)


def submit(state: State, dispute: Object) -> None:
    """Send the evidence to the bank. There is only one submission."""
    status = STATUSES[dispute["payment_method_details"]["card"]["case_type"]][1]
    details = dispute["evidence_details"] | {"submission_count": 1, "has_evidence": True}
    dispute |= {"status": status, "evidence_details": details}
    said = dispute["evidence"]["uncategorized_text"] or ""
    hidden = state.secrets_of(dispute["id"])
    hidden["outcome"] = "won" if "winning_evidence" in said else "lost"
    magic = "winning_evidence" in said or "losing_evidence" in said
    hidden["decided_at"] = state.now() + (TEST_DECIDED_AFTER if magic else DECIDED_AFTER)


def decide(state: State, dispute: Object, outcome: str) -> None:
    """Let the bank decide: `outcome` is won or lost."""
    if dispute["status"] in FINAL:
        raise wrong_state("dispute_already_closed", f"This dispute is {dispute['status']} already.")
    if dispute["status"].startswith("warning_"):
        outcome = "warning_closed"
    _end(state, dispute, outcome)


def _end(state: State, dispute: Object, status: str) -> None:
    if status == "won":
        _move(state, dispute, dispute["amount"], 0, "charge.dispute.funds_reinstated")
    with changing(state, "charge.dispute.closed", dispute):
        dispute["status"] = status
    state.secrets_of(dispute["id"]).pop("decided_at", None)


def due(state: State) -> list[tuple[int, Object]]:
    """Return when each open dispute's deadline or decision comes."""
    moments: list[tuple[int, Object]] = []
    for dispute in state.every("dispute"):
        decided_at = state.secrets_of(dispute["id"]).get("decided_at")
        if dispute["status"] in OPEN and dispute["evidence_details"]["due_by"]:
            moments.append((dispute["evidence_details"]["due_by"], dispute))
        elif dispute["status"] not in FINAL and decided_at:
            moments.append((decided_at, dispute))
    return moments


def fire(state: State, dispute: Object) -> None:
    """Do what is due: who did not answer in time has lost; what was answered is decided."""
    if dispute["status"] not in OPEN:
        decide(state, dispute, state.secrets_of(dispute["id"])["outcome"])
        return
    dispute["evidence_details"] = dispute["evidence_details"] | {"past_due": True}
    decide(state, dispute, "lost")


def warn(state: State, charge: Object) -> Object:
    """Let an early fraud warning come about a charge."""
    warning = state.make(EARLY_FRAUD_WARNING, charge=charge["id"], payment_intent=charge["payment_intent"])
    emit(state, "radar.early_fraud_warning.created", warning)
    return warning


def no_longer_actionable(state: State, charge: Object) -> None:
    """A full refund or a dispute answers a warning."""
    for warning in state.every("radar.early_fraud_warning", charge=charge["id"], actionable=True):
        with changing(state, "radar.early_fraud_warning.updated", warning):
            warning["actionable"] = False
