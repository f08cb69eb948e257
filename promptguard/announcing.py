"""Telling a tenant's receivers of what the guard blocked or held back, once the decision is on disk.

A crash between the two loses the event and never the decision: ``GET /v1/decisions`` is the whole list.
"""

import logging

from django.db import transaction

from audit.models import Decision
from audit.record import DecisionRow
from promptguard.call import Call
from promptguard.policy import Action
from promptguard.schemas import GuardDecision
from tenants.webhooks.emitting import emit, listening
from tenants.webhooks.kinds import WebhookEvent

KINDS = {
    Action.BLOCK.value: WebhookEvent.DECISION_BLOCKED,
    Action.QUARANTINE.value: WebhookEvent.DECISION_QUARANTINED,
}
log = logging.getLogger(__name__)


def event_for(call: Call, decision: GuardDecision) -> WebhookEvent | None:
    """Return what a decision is told as, where it acts and somebody listens: memory answers, with the call's stamp."""
    kind = KINDS.get(decision.action)
    if kind is None or decision.mode != Decision.Mode.ENFORCE:
        return None
    return kind if call.stamp is None or kind in listening(call.org_id, call.stamp) else None


def announce(kind: WebhookEvent, row: DecisionRow) -> None:
    """Owe the event of a recorded decision. A failure is logged: the decision stands without it."""
    try:
        with transaction.atomic():
            emit(kind, _told(row))
    except Exception:  # the answer must not hang on whether somebody can be told of it
        log.exception("a decision could not be announced")


def _told(row: DecisionRow) -> dict[str, object]:
    return {
        "decision_id": row.id,
        "action": row.action,
        "reason_codes": row.reason_codes,
        "policy_version": row.policy_version,
        "environment": row.environment,
        "principal": {"kind": row.principal_kind, "id": row.principal_id},
        "request_id": row.request_id,
        "created_at": row.created_at,
    }
