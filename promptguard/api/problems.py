"""Errors of ``/v1``: RFC 9457 problem details and OpenAI's error object in one body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpResponse

from audit.reasons import Reason
from billing.ledger.charging import Charge
from promptguard.pipeline import Weighed

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, the end of its type URI, its title, OpenAI's name for it, and whether the same
    request may succeed when it is sent again."""

    status: int
    slug: str
    title: str
    openai_type: str
    retry: bool = False


BAD_REQUEST = Kind(400, "bad-request", "The request is not valid", "invalid_request_error")
UNAUTHENTICATED = Kind(401, "unauthenticated", "The credential is missing or not valid", "authentication_error")
ENTITLEMENT_OFF = Kind(402, "organization-suspended", "The organisation is suspended", "billing_error")
ENTITLEMENTS_FROZEN = Kind(402, "entitlements-frozen", "The service is frozen", "billing_error")
PLAN_LAPSED = Kind(402, "plan-lapsed", "No plan stands", "billing_error")
PRICE_UNKNOWN = Kind(403, "price-unknown", "The model has no price", "permission_error")
MODEL_NOT_IN_PLAN = Kind(403, "model-not-in-plan", "The plan does not hold the model", "permission_error")
FORBIDDEN = Kind(403, "forbidden", "The credential may not do this", "permission_error")
NOT_FOUND = Kind(404, "not-found", "There is no such thing here", "invalid_request_error")
METHOD = Kind(405, "method-not-allowed", "This URL does not take this method", "invalid_request_error")
IN_FLIGHT = Kind(409, "idempotency-in-flight", "The same request is being answered", "idempotency_error", retry=True)
LENGTH_REQUIRED = Kind(411, "length-required", "The length of the body is missing", "invalid_request_error")
TOO_LARGE = Kind(413, "too-large", "The request is too large", "invalid_request_error")
UNSUPPORTED = Kind(415, "unsupported-media-type", "The body must be JSON", "invalid_request_error")
RESERVATION_ENDED = Kind(409, "reservation-ended", "The reservation has ended", "invalid_request_error")
KEY_REUSED = Kind(422, "idempotency-key-reused", "The key was used for another request", "idempotency_error")
RATE_LIMITED = Kind(429, "rate-limited", "Too many requests", "rate_limit_error", retry=True)
BUDGET_SPENT = Kind(429, "budget-spent", "A budget is used up", "insufficient_quota")
QUOTA_SPENT = Kind(429, "quota-spent", "A quota of the plan is used up", "insufficient_quota")
BUDGET_HELD = Kind(429, "budget-held", "What is left of a budget is held", "insufficient_quota", retry=True)
TOO_MANY_KEYS = Kind(429, "too-many-keys", "Too many keys that are not valid", "rate_limit_error")
INTERNAL = Kind(500, "internal", "Something failed on our side", "server_error", retry=True)
UNAVAILABLE = Kind(503, "unavailable", "The request could not be decided", "server_error", retry=True)
KINDS = tuple(value for value in vars().values() if isinstance(value, Kind))
"""Every kind, for the page that explains them."""


class Problem(Exception):
    """An answer that is an error. `errors` point into the body: ``{"pointer": "#/messages/0", "detail": "…"}``.

    `further` are members of the document for this kind of problem (RFC 9457, 3.2).
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        reasons: tuple[Reason, ...] = (),
        errors: list[dict[str, str]] | None = None,
        decision_id: str = "",
        headers: Mapping[str, str] | None = None,
        further: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.reasons = reasons
        self.errors = errors or []
        self.decision_id = decision_id
        self.headers = headers or {}
        self.further = further or {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: a JSON body, ready encoded, with its headers.

    `weighed` are the decisions it tells of, which are recorded before it is given; `charge` what they cost, which is
    taken after that.
    """

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    weighed: tuple[Weighed, ...] = ()
    charge: Charge | None = None

    def response(self) -> HttpResponse:
        """Return the Django response."""
        return HttpResponse(self.body, status=self.status, content_type="application/json", headers=dict(self.headers))


def as_response(problem: Problem) -> HttpResponse:
    """Return the Django response that says `problem`."""
    kind = problem.kind
    codes = [reason.value for reason in problem.reasons]
    pointer = problem.errors[0]["pointer"].lstrip("#/").replace("/", ".") if problem.errors else None
    body: dict[str, Any] = {
        "type": f"{settings.BASE_URL}/docs/problems#{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "error": {
            "message": problem.detail,
            "type": kind.openai_type,
            "param": pointer or None,
            "code": codes[0] if codes else kind.slug.replace("-", "_"),
            "decision_id": problem.decision_id or None,
            "reason_codes": codes,
        },
        "errors": problem.errors,
        **problem.further,
    }
    headers = {"x-should-retry": "true" if kind.retry else "false", **problem.headers}
    if problem.decision_id:
        body["instance"] = f"/v1/decisions/{problem.decision_id}"
        headers |= {"x-decision-id": problem.decision_id, "x-guard-action": "deny"}
    if codes:
        headers["x-guard-reason"] = ", ".join(codes)
    return HttpResponse(orjson.dumps(body), status=kind.status, content_type=CONTENT_TYPE, headers=headers)
