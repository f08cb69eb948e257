"""Carrying out an operation. What it does and the record of it are committed together, or neither is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import transaction

from accounts.authentication import Credential
from audit.events import Event
from audit.idempotency import AnswerRow, keep_in_transaction
from audit.reasons import Reason
from audit.record import Actor, DecisionRow, record_event
from audit.recorder import record_all_durably, record_durably
from billing.ledger.charging import conclude, released_on_failure
from promptguard.api import bodies, idempotency
from promptguard.api.cards import pointers_to_pans
from promptguard.api.operations import Caller, Operation
from promptguard.api.problems import BAD_REQUEST, Answer, Problem
from promptguard.pipeline import settle
from tenants.guard import require
from tenants.principal import Resource
from tenants.proxies import client_address

MOST_NAMED = 20
_CARDS = "cards-1"
"""The version of the rules that are code, as decisions name it."""
Kept = Callable[[Answer], AnswerRow]
"""Makes the row by which an answer is kept under its idempotency key."""


def carry_out(caller: Caller, operation: Operation) -> Answer:
    """Answer an operation that was allowed; with an idempotency key, once."""
    raw = bodies.read(caller.request) if operation.body else b""
    body = bodies.parse(raw, operation.body) if operation.body else None
    if body is not None and (pointers := pointers_to_pans(raw, body)):
        raise _refused_for_cards(caller, operation, pointers)
    key = idempotency.key_of(caller.request, needed=operation.keyed) if operation.method == "POST" else None
    if key is None:
        return _done(caller, operation, body, None)
    return idempotency.once(caller, operation, key, raw, lambda kept: _done(caller, operation, body, kept))


def _done(caller: Caller, operation: Operation, body: Any, kept: Kept | None) -> Answer:  # noqa: ANN401 (any body)
    if operation.writes:
        return _written(caller, operation, body, kept)
    answer = operation.handler(caller, body)
    if answer.weighed:
        with released_on_failure(answer.charge):
            settle(answer.weighed, kept(answer) if kept else None)
        if answer.charge is not None:
            conclude(answer.charge)
        return answer
    allowed = caller.allowed
    row = decision_row(
        caller.credential, operation, "allow", allowed.reasons, allowed.policy_version, caller.request_id
    )
    answer = _told(answer, row.id, caller)
    record_all_durably([row], kept(answer) if kept else None)
    return answer


def _written(caller: Caller, operation: Operation, body: Any, kept: Kept | None) -> Answer:  # noqa: ANN401
    """Decide, do, and keep the answer in one transaction: a crash leaves all of it or nothing."""
    credential = caller.credential
    kind = operation.permission.partition(":")[0]
    resource = Resource(kind, credential.org_id, caller.path.get("id", ""), credential.org_status)
    with transaction.atomic():
        grant = require(credential.principal, operation.permission, resource, caller.request_id)
        answer = operation.handler(replace(caller, grant=grant), body)
        answer = _told(answer, grant.decision_id, caller)
        if kept is not None:
            keep_in_transaction(kept(answer))
    return answer


def _refused_for_cards(caller: Caller, operation: Operation, pointers: list[str]) -> Problem:
    """Record the refusal, as a decision and in the audit log, and return what the caller is told: places, no digits."""
    principal, reason = caller.credential.principal, Reason.CARD_NUMBER
    actor = Actor(
        principal.kind.value, principal.id, principal.label, client_address(caller.request), caller.request_id
    )
    row = decision_row(caller.credential, operation, "deny", (reason,), _CARDS, caller.request_id)
    decision_id = record_durably(row)
    with transaction.atomic():
        record_event(Event.CARD_REFUSED, actor, operation.path, decision_id=decision_id, fields=pointers[:MOST_NAMED])
    errors = [{"pointer": pointer, "detail": reason.sentence} for pointer in pointers[:MOST_NAMED]]
    headers = {"x-policy-version": _CARDS}
    return Problem(BAD_REQUEST, reason.sentence, (reason,), errors, decision_id=decision_id, headers=headers)


def _told(answer: Answer, decision_id: str, caller: Caller) -> Answer:
    """Return `answer` with the headers that tell of the yes behind it."""
    headers = {
        "x-decision-id": decision_id,
        "x-policy-version": caller.allowed.policy_version,
        "x-guard-action": "allow",
        "x-guard-reason": ", ".join(caller.allowed.reasons),
    }
    return replace(answer, headers={**headers, **answer.headers})


def decision_row(
    credential: Credential,
    operation: Operation,
    action: str,
    reasons: tuple[Reason, ...],
    policy_version: str,
    request_id: str,
) -> DecisionRow:
    """Return the record of whether `credential` may call `operation`."""
    principal = credential.principal
    return DecisionRow(
        org_id=credential.org_id,
        principal_kind=principal.kind.value,
        principal_id=principal.id,
        principal_label=principal.label[:120],
        environment=principal.environment,
        request_id=request_id,
        permission=operation.permission.value,
        resource=operation.path,
        action=action,
        reason_codes=list(reasons),
        policy_version=policy_version,
    )
