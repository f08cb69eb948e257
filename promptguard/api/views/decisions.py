"""``GET /v1/decisions``, one decision, its explanation, and the report that it was mistaken."""

from datetime import datetime
from typing import Any

import orjson
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from pydantic import BaseModel, TypeAdapter, ValidationError

from audit import decisions
from audit.ids import decided_at
from audit.models import Decision
from audit.reasons import Reason
from promptguard.api.operations import Caller, Callers, operation
from promptguard.api.problems import BAD_REQUEST, NOT_FOUND, Answer, Problem
from promptguard.explain import explain
from promptguard.policy import Action
from promptguard.reports import report
from promptguard.schemas import ReportRequest
from tenants.permissions import Permission

_FILTERS = {
    "action": "allow, flag, redact, quarantine, block or deny",
    "reason": "a reason code",
    "permission": "a permission such as guard:check",
    "principal": "the id of a key or person",
    "since": "an ISO 8601 time",
    "until": "an ISO 8601 time",
    "cursor": "`next` of the page before",
    "limit": f"1 to {decisions.LARGEST_PAGE}",
}
_KNOWN: dict[str, frozenset[str]] = {
    "action": frozenset({*Action, "deny"}),
    "reason": frozenset(Reason),
    "permission": frozenset(Permission),
}
_LONGEST_PRINCIPAL = 40
_TIME: TypeAdapter[datetime] = TypeAdapter(datetime)


class DecisionAnswer(BaseModel):
    """A recorded decision. `input_hash` is an HMAC under the tenant's own key, in hex."""

    id: str
    object: str = "decision"
    created_at: datetime
    action: str
    mode: str
    permission: str
    resource: str
    principal: dict[str, str]
    environment: str
    reason_codes: list[str]
    policy_version: str
    input_hash: str | None
    findings: dict[str, dict[str, int]]
    timings: dict[str, float]
    request_id: str


class DecisionPage(BaseModel):
    object: str = "list"
    data: list[DecisionAnswer]
    next: str | None = None


class Explanation(BaseModel):
    decision_id: str
    action: str
    mode: str
    reasons: list[dict[str, str]]
    rules: list[str]
    policy_version: str
    spans: list[dict[str, Any]]
    what_would_change_it: list[dict[str, str]]


class ReportAnswer(BaseModel):
    id: str
    object: str = "decision.report"
    decision_id: str
    expected_action: str


@operation(
    "GET",
    "/v1/decisions",
    Permission.DECISIONS_READ,
    summary="Decisions, newest first",
    answer=DecisionPage,
    query=_FILTERS,
    callers=Callers.BOTH,
)
def list_decisions(caller: Caller, body: None) -> Answer:
    query = _query(caller.request)
    filters = decisions.Filters(
        **{name: _known(query.get(name, ""), name) for name in _KNOWN},
        principal=_principal(query.get("principal", "")),
        since=_time(query.get("since", ""), "since"),
        until=_time(query.get("until", ""), "until"),
    )
    rows, following = decisions.page(filters, _cursor(query.get("cursor", "")), _limit(query.get("limit", "50")))
    page = DecisionPage(data=[_answer(row) for row in rows], next=following or None)
    return Answer(page.model_dump_json().encode())


@operation(
    "GET",
    "/v1/decisions/{id}",
    Permission.DECISIONS_READ,
    summary="One decision",
    answer=DecisionAnswer,
    callers=Callers.BOTH,
)
def get_decision(caller: Caller, body: None) -> Answer:
    return Answer(_answer(_found(caller)).model_dump_json().encode())


@operation(
    "GET",
    "/v1/decisions/{id}/explain",
    Permission.DECISIONS_READ,
    summary="Why, and what would change it",
    answer=Explanation,
    callers=Callers.BOTH,
)
def explain_decision(caller: Caller, body: None) -> Answer:
    return Answer(orjson.dumps(explain(_found(caller))))


@operation(
    "POST",
    "/v1/decisions/{id}/report",
    Permission.DECISIONS_REPORT,
    summary="Report a decision as mistaken",
    body=ReportRequest,
    answer=ReportAnswer,
    writes=True,
)
def report_decision(caller: Caller, body: ReportRequest) -> Answer:
    decision = _found(caller)
    made = report(caller.granted(), decision, body.expected_action, body.comment)
    answer = ReportAnswer(id=str(made.id), decision_id=decision.id, expected_action=made.expected_action)
    return Answer(answer.model_dump_json().encode(), status=201)


def _found(caller: Caller) -> Decision:
    try:
        return decisions.find(caller.path["id"])
    except Decision.DoesNotExist:
        raise Problem(NOT_FOUND, "There is no such decision.") from None


def _answer(row: Decision | decisions.Line) -> DecisionAnswer:
    return DecisionAnswer(
        id=row.id,
        created_at=row.created_at,
        action=row.action,
        mode=row.mode,
        permission=row.permission,
        resource=row.resource,
        principal={"kind": row.principal_kind, "id": row.principal_id, "label": row.principal_label},
        environment=row.environment,
        reason_codes=row.reason_codes,
        policy_version=row.policy_version,
        input_hash=bytes(row.input_hash).hex() if row.input_hash else None,
        findings=row.findings,
        timings=row.timings,
        request_id=row.request_id,
    )


def _query(request: HttpRequest) -> dict[str, str]:
    try:
        query = request.GET.dict()
    except TooManyFieldsSent:
        raise _bad_query("", f"Give each parameter once; there are {', '.join(_FILTERS)}.") from None
    for name, value in sorted(query.items()):
        if name not in _FILTERS:
            raise _bad_query(name[:60], f"There is no such parameter; there are {', '.join(_FILTERS)}.")
        if "\0" in value:
            raise _bad_query(name, "A NUL character is in no value.")
    return query


def _known(text: str, name: str) -> str:
    if text and text not in _KNOWN[name]:
        raise _bad_query(name, f"Give {_FILTERS[name]}.")
    return text


def _principal(text: str) -> str:
    if len(text) > _LONGEST_PRINCIPAL:
        raise _bad_query("principal", f"Give {_FILTERS['principal']}; it has at most {_LONGEST_PRINCIPAL} characters.")
    return text


def _cursor(text: str) -> str:
    if text and decided_at(text) is None:
        raise _bad_query("cursor", f"Give {_FILTERS['cursor']}.")
    return text


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= decisions.LARGEST_PAGE):
        raise _bad_query("limit", f"Give 1 to {decisions.LARGEST_PAGE}.")
    return int(text)


def _time(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = _TIME.validate_python(text[:40])
    except ValidationError:
        raise _bad_query(name, "Give an ISO 8601 time such as 2026-11-23T12:00:00Z.") from None
    if moment.tzinfo is None:
        raise _bad_query(name, "Give the time with its zone, such as 2026-11-23T12:00:00Z.")
    return moment


def _bad_query(name: str, detail: str) -> Problem:
    return Problem(BAD_REQUEST, f"?{name}: {detail}", errors=[{"pointer": f"?{name}", "detail": detail}])
