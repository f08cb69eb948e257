"""``POST /v1/guard``: is this text safe to send on?"""

from billing.ledger.charging import Charge, released_on_failure
from promptguard.api.budgets import budget_headers, charged, show
from promptguard.api.operations import Caller, operation
from promptguard.api.problems import BAD_REQUEST, Answer, Problem
from promptguard.call import Call
from promptguard.pipeline import weigh
from promptguard.policies import active_policy
from promptguard.schemas import GuardDecision, GuardRequest
from promptguard.segments import segments_of
from tenants.permissions import Permission


@operation(
    "POST",
    "/v1/guard",
    Permission.GUARD_CHECK,
    summary="Check texts before they reach a model, or what a model answered",
    body=GuardRequest,
    answer=GuardDecision,
)
def guard(caller: Caller, body: GuardRequest) -> Answer:
    call = new_call(caller, body.policy)
    charge = charged(caller, call, (segment.text for segment in segments_of(body)), body.model, body.max_tokens)
    with released_on_failure(charge):
        weighed = weigh(call, body)
    decision = weighed.decision
    show(charge, decision)
    encoded = decision.model_dump_json(exclude_none=True).encode()
    return Answer(encoded, headers=decision_headers(decision, charge), weighed=(weighed,), charge=charge)


def new_call(caller: Caller, named_policy: str | None = None) -> Call:
    """Return the call by the tenant's active policy; another one cannot be asked for."""
    credential = caller.credential
    stamp = credential.stamps[0]
    policy = active_policy(credential.org_id, stamp)
    if named_policy not in (None, policy.id, policy.version):
        pointer = [{"pointer": "#/policy", "detail": f"The active policy is {policy.version}."}]
        raise Problem(BAD_REQUEST, "policy: only the active policy can be used.", errors=pointer)
    return Call(credential.principal, caller.allowed, policy, caller.request_id, credential.org_id, stamp)


def decision_headers(decision: GuardDecision, charge: Charge) -> dict[str, str]:
    """Return the headers that tell the decision without reading the body."""
    return {
        "x-decision-id": decision.decision_id,
        "x-policy-version": decision.policy.version,
        "x-guard-action": decision.action,
        "x-guard-reason": ", ".join(decision.reason_codes),
        **budget_headers(charge.admitted.tightest),
    }
