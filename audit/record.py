"""The only writer of the record.

An allowed page decision and an event are written in the transaction of their effect: never one without the other. A
refusal (whose transaction rolls back) and every inference decision go through the group commit of `audit.recorder`.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from django.db import IntegrityError, connection

from audit.events import Event
from audit.ids import new_decision_id
from audit.models import AuditEvent, Decision
from audit.reasons import Reason

INSERT = """
INSERT INTO audit_decision (id, org_id, created_at, environment, request_id, principal_kind, principal_id,
    principal_label, permission, resource, action, mode, reason_codes, policy_version, input_hash, findings, timings,
    detail)
SELECT id, org_id, created_at, environment, request_id, principal_kind, principal_id, principal_label, permission,
    resource, action, mode, reason_codes, policy_version, decode(input_hash, 'hex'), findings, timings, detail
FROM jsonb_to_recordset(%s::jsonb) AS row_ (id text, org_id uuid, created_at timestamptz, environment text,
    request_id text, principal_kind text, principal_id text, principal_label text, permission text, resource text,
    action text, mode text, reason_codes text[], policy_version text, input_hash text, findings jsonb, timings jsonb,
    detail jsonb)
ON CONFLICT DO NOTHING
"""


class NotAdmitted(Exception):
    """The organisation was stopped while the request was on its way; nothing of it was recorded."""

    def __init__(self) -> None:
        super().__init__("The organisation was stopped while this was on its way.")


def is_stop(error: BaseException | None) -> bool:
    """Tell whether the database refused an admission because the organisation is stopped (migration 0006)."""
    return isinstance(error, psycopg.errors.CheckViolation) and error.diag.constraint_name == "audit_admission"


@dataclass(slots=True)
class DecisionRow:
    """A decision about to be recorded; the fields are those of `audit.models.Decision`, `input_hash` in hex."""

    org_id: uuid.UUID
    principal_kind: str
    principal_id: str
    permission: str
    resource: str
    action: str
    reason_codes: list[Reason]
    policy_version: str
    principal_label: str = ""
    environment: str = "test"
    request_id: str = ""
    mode: str = Decision.Mode.ENFORCE
    input_hash: str | None = None
    findings: dict[str, dict[str, int]] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=new_decision_id)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def rows_as_json(rows: list[DecisionRow]) -> str:
    """Return `rows` as the JSON that `INSERT` takes; NUL, which PostgreSQL cannot hold, becomes U+FFFD."""
    return orjson.dumps(rows).decode().replace("\\u0000", "\\ufffd")


def record_in_transaction(row: DecisionRow) -> str:
    """Write a decision together with the effect it allows; returns its id. Raises `NotAdmitted`."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [rows_as_json([row])])
    except IntegrityError as error:
        if is_stop(error.__cause__):
            raise NotAdmitted from error
        raise
    return row.id


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: plain values, so that the record outlives the person or key."""

    kind: str
    id: str
    label: str
    address: str | None = None
    request_id: str = ""


def record_event(
    event: Event,
    actor: Actor,
    target: str = "",
    target_label: str = "",
    decision_id: str = "",
    **detail: str | int | bool | list[str] | None,
) -> None:
    """Write an audit event of the open organisation, in the current transaction."""
    AuditEvent.objects.create(
        event=event.value,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:120],
        address=actor.address,
        request_id=actor.request_id,
        target=target[:120],
        target_label=target_label[:160],
        decision_id=decision_id,
        detail=detail,
    )
