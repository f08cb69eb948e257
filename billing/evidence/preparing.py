"""A pack is asked for, and voided: the acts of whoever prepares an answer."""

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import record_event
from billing.disputes.models import DisputeCase
from billing.disputes.states import CaseType
from billing.evidence.facts import Said
from billing.evidence.following import drafts, locked
from billing.evidence.models import EvidencePack
from billing.evidence.wake import wake
from tenants.guard import Grant
from tenants.permissions import Permission

BEHIND = timedelta(seconds=30)
"""How far `as_of` lies behind the clock: what was written before it is on disk by then."""
LONGEST_STATEMENT = 5_000
State = EvidencePack.State
LIVE = (State.BUILDING, State.READY, State.APPROVED, State.STAGED)


@transaction.atomic
def request_pack(grant: Grant, case_id: uuid.UUID, said: Said, as_of: datetime | None = None) -> EvidencePack:
    """Have a pack built for an open dispute, in the place of the one that there is. Raises `ValidationError`."""
    grant.must_be(Permission.DISPUTES_PREPARE)
    case = DisputeCase.objects.select_for_update().get(id=case_id)
    if not case.is_open:
        raise ValidationError("This dispute cannot be answered any more.")
    if case.case_type == CaseType.COMPLIANCE and case.fee_acknowledged_at is None:
        raise ValidationError("Answering a compliance case costs a fee: two people agree to it first.")
    if len(said.statement) > LONGEST_STATEMENT:
        raise ValidationError({"statement": f"Say it in {LONGEST_STATEMENT:,} characters."})
    for former in EvidencePack.objects.select_for_update().filter(case=case).exclude(state=State.VOID):
        _void(grant, former, "Another one was asked for.")
    drafts(case, grant.actor(), "A pack of evidence was asked for.")
    now = timezone.now()
    pack: EvidencePack = EvidencePack.objects.create(
        case=case,
        as_of=as_of or max(now - BEHIND, case.opened_at),  # a simulated Stripe's clock may be ahead of ours
        said=_plain(said),
        preparer_id=grant.principal.id,
        preparer=grant.principal.label[:120],
        due_at=now,
    )
    _record(Event.EVIDENCE_REQUESTED, grant, pack)
    wake(pack)
    return pack


@transaction.atomic
def void(grant: Grant, pack_id: uuid.UUID, why: str) -> EvidencePack:
    """End a pack, and its approval with it. Raises `ValidationError` where it is sent already, or over."""
    grant.must_be(Permission.DISPUTES_PREPARE)
    pack = locked(pack_id)
    if not why.strip():
        raise ValidationError({"why": "Say why."})
    _void(grant, pack, why.strip())
    if pack.case.is_open:
        drafts(pack.case, grant.actor(), f"The pack of evidence was voided: {why.strip()}"[:300])
    return pack


def _void(grant: Grant, pack: EvidencePack, why: str) -> None:
    if pack.state not in LIVE or pack.owed == EvidencePack.Work.SUBMIT:
        raise ValidationError("This pack is sent, or on its way: it cannot be taken back.")
    pack.state, pack.owed, pack.due_at, pack.why, pack.voided_at = State.VOID, "", None, why[:300], timezone.now()
    pack.save(update_fields=["state", "owed", "due_at", "why", "voided_at"])
    _record(Event.EVIDENCE_VOIDED, grant, pack, why=pack.why)


def _plain(said: Said) -> dict[str, str]:
    day = said.cancelled_on.isoformat() if said.cancelled_on else ""
    return {"statement": said.statement.strip(), "cancelled_on": day, "duplicate_of": said.duplicate_of}


def _record(event: Event, grant: Grant, pack: EvidencePack, **detail: str) -> None:
    named = {"target": f"dispute/{pack.case_id}", "target_label": pack.case.stripe_id}
    record_event(event, grant.actor(), **named, decision_id=grant.decision_id, pack=str(pack.id), **detail)
