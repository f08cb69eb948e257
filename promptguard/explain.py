"""Why a decision was made, and what would change it."""

from typing import Any

from audit.decisions import sentences
from audit.models import Decision
from audit.reasons import Reason

_CHANGES = {
    Reason.KEY_EXPIRED: "Make a new key, or rotate this one before it expires.",
    Reason.KEY_REVOKED: "Use another key: a revoked key stays revoked.",
    Reason.KEY_ADDRESS: "Call from a listed address, or add this address to the key's list.",
    Reason.KEY_ORPHANED: "The person who made the key left; make a new key.",
    Reason.NOT_GRANTED: "An admin can give you a role that grants this permission.",
    Reason.SCOPE_MISSING: "Use a key that carries this scope; scopes of a key cannot be widened.",
    Reason.SCOPE_WIDER: "The maker of the key needs a role that grants this, or someone who has it makes a new key.",
    Reason.OTHER_TENANT: "Nothing: what belongs to another organisation stays there.",
    Reason.TENANT_SUSPENDED: "The organisation has to be reinstated first.",
    Reason.ENTITLEMENTS_FROZEN: "The dispute of the payment has to end, or finance has to lift the freeze.",
    Reason.PLAN_LAPSED: "The organisation has to verify its payment method, or pay what is open.",
    Reason.SPENDING_PAUSED: "The card network's warning has to be looked at first; what is bought already goes on.",
    Reason.PLAN_SPENT: "Wait for the next month, or choose a larger plan.",
    Reason.MODEL_NOT_IN_PLAN: "Use a model that the plan holds, or choose a plan that holds this one.",
    Reason.CARD_NUMBER: "Leave the card number out: cards are given on the payment provider's pages only.",
    Reason.RATE_KEY: "Wait for the time in Retry-After, or raise the key's limit.",
    Reason.RATE_ROLE: "Wait for the time in Retry-After, or have the role's limit raised under Budgets.",
    Reason.RATE_TENANT: "Wait for the time in Retry-After, or ask for a higher limit of the organisation.",
    Reason.DETECTOR_FAILED: "Send it again; if it fails again, the status page tells more.",
}
_GENERIC = "Remove what was found, or have the policy's action or threshold for this class changed."


def explain(decision: Decision) -> dict[str, Any]:
    """Return the reasons with sentences, the rules that matched, the spans, and what would have changed the answer."""
    known = {reason.value: reason for reason in Reason}
    advice = []
    for code in decision.reason_codes:
        reason = known.get(code)
        if reason in (None, Reason.CLEAN, Reason.ROLE_GRANTS, Reason.SCOPE_GRANTS):
            continue
        advice.append({"code": code, "change": _CHANGES.get(reason, _GENERIC) if reason else _GENERIC})
    return {
        "decision_id": decision.id,
        "action": decision.action,
        "mode": decision.mode,
        "reasons": sentences(decision.reason_codes),
        "rules": decision.detail.get("rules", []),
        "policy_version": decision.policy_version,
        "spans": [span_of(trace) for trace in decision.detail.get("spans", [])],
        "what_would_change_it": advice,
    }


def span_of(trace: list[Any]) -> dict[str, Any]:
    """Return the named parts of a recorded finding (`promptguard.pipeline` writes them in this order)."""
    names = ("source", "start", "end", "category", "kind", "reason_code", "detector", "score", "action")
    return dict(zip(names, trace, strict=True))
