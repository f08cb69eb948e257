"""/v1/disputes: evidence is staged with ``submit=false``; any other update is the one submission. And warnings."""

from billing.sandbox import disputing
from billing.sandbox.events import changing
from billing.sandbox.faults import invalid, wrong_state
from billing.sandbox.listing import every, one
from billing.sandbox.objects.payments import EVIDENCE_FILES, EVIDENCE_SHORT, EVIDENCE_TEXTS
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route
from billing.sandbox.state import State

LONGEST, LONGEST_TOGETHER = 20_000, 150_000


def update(state: State, params: Params, key: str) -> Object:
    dispute = state.get("dispute", key)
    given = params.part("evidence")
    submits = params.flag("submit") is not False
    if given.values or submits:
        _may_answer(dispute)
    evidence = _evidence(state, dispute, given)
    with changing(state, "charge.dispute.updated", dispute):
        dispute["metadata"] = params.metadata(dispute["metadata"])
        if given.values:
            details = dispute["evidence_details"] | {"has_evidence": True}
            dispute |= {"evidence": evidence, "evidence_details": details}
        if submits and (given.values or dispute["evidence_details"]["has_evidence"]):
            disputing.submit(state, dispute)
    return dispute


def _may_answer(dispute: Object) -> None:
    if dispute["status"] in disputing.FINAL:
        raise wrong_state("dispute_already_closed", f"This dispute is {dispute['status']} already.")
    if dispute["evidence_details"]["submission_count"]:
        text = "Evidence for this dispute has already been submitted to the bank."
        raise wrong_state("dispute_evidence_already_submitted", text)
    if not dispute["evidence_details"]["due_by"] or dispute["evidence_details"]["past_due"]:
        raise wrong_state("dispute_past_due", "This dispute can no longer be answered.")


def _evidence(state: State, dispute: Object, given: Params) -> Object:
    evidence = dict(dispute["evidence"])
    for name in given.values:
        evidence[name] = _field(state, given, name)
    total = sum(len(evidence[name] or "") for name in (*EVIDENCE_TEXTS, *EVIDENCE_SHORT))
    if total > LONGEST_TOGETHER:
        text = f"The evidence has {total} characters, at most {LONGEST_TOGETHER} are allowed."
        raise invalid(text, "evidence", "dispute_evidence_too_long")
    return evidence


def _field(state: State, given: Params, name: str) -> object:
    if name == "enhanced_evidence":
        return given.part(name).values
    if name in EVIDENCE_FILES:
        key = given.text(name)
        if key and state.get("file", key, given.at(name))["purpose"] != "dispute_evidence":
            raise invalid("The file's purpose is not dispute_evidence.", given.at(name))
        return key
    if name in EVIDENCE_TEXTS or name in EVIDENCE_SHORT:
        return given.text(name, LONGEST)
    raise invalid(f"Received unknown parameter: {given.at(name)}", given.at(name), "parameter_unknown")


def close(state: State, params: Params, key: str) -> Object:
    dispute = state.get("dispute", key)
    if dispute["status"] not in disputing.OPEN:
        raise wrong_state("dispute_already_closed", f"This dispute is {dispute['status']}, it cannot be closed.")
    disputing.decide(state, dispute, "lost")
    return dispute


ROUTES = [
    every("dispute", "/v1/disputes", "charge payment_intent"),
    one("dispute", "/v1/disputes/{}"),
    Route("POST", "/v1/disputes/{}", update, "evidence metadata submit"),
    Route("POST", "/v1/disputes/{}/close", close),
    every("radar.early_fraud_warning", "/v1/radar/early_fraud_warnings", "charge payment_intent"),
    one("radar.early_fraud_warning", "/v1/radar/early_fraud_warnings/{}"),
]
