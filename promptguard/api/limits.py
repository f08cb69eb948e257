"""Rate limits on the way of a call: of its key, of the role behind it and of its tenant."""

from collections.abc import Iterator

from accounts.authentication import Credential
from audit.reasons import Reason
from audit.recorder import record_durably
from billing.ledger.rules import rules_of
from billing.rate_limits import Limit, Taken
from promptguard.api import problems
from promptguard.api.effects import decision_row
from promptguard.api.operations import Operation
from promptguard.api.problems import Problem
from tenants.scope import org_scope

_RATE_LIMITS = "rate-limits-1"
"""The version of the rules that are code, as decisions name them."""


def limits_of(credential: Credential) -> Iterator[Limit]:
    """Yield the limits that bind a call, narrowest first. A role's is as it was when the credential was read."""
    yield Limit(f"key:{credential.principal.id}", credential.key_rate)
    if credential.principal.role is not None:
        role = credential.principal.role.value
        with org_scope(credential.org_id):
            per_minute = rules_of(credential.org_id, credential.stamps[0]).rates.get(role)
        if per_minute is not None:
            yield Limit(f"role:{credential.org_id}:{role}", per_minute)
    yield Limit(f"org:{credential.org_id}", credential.org_rate)


def rate_limited(credential: Credential, operation: Operation, taken: Taken, request_id: str) -> Problem:
    """Return the recorded answer to a call that a limit has no room for: whose limit, and when to come again."""
    reason = taken.refused or Reason.RATE_KEY
    row = decision_row(credential, operation, "deny", (reason,), _RATE_LIMITS, request_id)
    headers = {"Retry-After": str(taken.retry_after), "x-policy-version": _RATE_LIMITS}
    further = {"limit": {"level": taken.level, "per_minute": taken.limit, "retry_after": taken.retry_after}}
    detail = reason.sentence
    decision_id = record_durably(row)
    return Problem(problems.RATE_LIMITED, detail, (reason,), decision_id=decision_id, headers=headers, further=further)


def limit_headers(taken: Taken) -> dict[str, str]:
    """Return the rate-limit headers: IETF draft-ietf-httpapi-ratelimit-headers and OpenAI's, of the tightest limit."""
    return {
        "RateLimit-Policy": f'"rpm";q={taken.limit};w=60',
        "RateLimit": f'"rpm";r={taken.remaining};t={taken.reset}',
        "x-ratelimit-level": taken.level,
        "x-ratelimit-limit-requests": str(taken.limit),
        "x-ratelimit-remaining-requests": str(taken.remaining),
        "x-ratelimit-reset-requests": f"{taken.reset}s",
    }
