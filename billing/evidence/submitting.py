"""An approved pack goes to Stripe: its files, then the evidence staged and read back, then the one submission.

Before each step the whole pack, with its approval, is verified by the verifier that ships in it. Every request is an
operation of the processor's with a key of its own, so that a kill or a lost answer is followed by the same request;
and before the submission is sent again, the dispute is asked whether it was answered.
"""

import hashlib
import io
import tempfile
import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import record_event
from billing.disputes.states import Act
from billing.evidence import store, verify_pack
from billing.evidence.approval import approved_copy
from billing.evidence.building import SYSTEM, end, record
from billing.evidence.disputing import answer, differences, dispute, fields_of, upload
from billing.evidence.following import locked, moves, sent
from billing.evidence.models import EvidencePack, Submission
from billing.evidence.signing import signing_key
from billing.evidence.wake import wake
from billing.processor.operations import perform
from tenants.guard import Grant
from tenants.permissions import Permission

State, Work = EvidencePack.State, EvidencePack.Work


@transaction.atomic
def ask(grant: Grant, pack_id: uuid.UUID, work: "EvidencePack.Work") -> EvidencePack:
    """Have an approved pack staged, or a staged one submitted. Raises `ValidationError`."""
    grant.must_be(Permission.DISPUTES_APPROVE)
    pack = locked(pack_id)
    needed = {Work.STAGE: State.APPROVED, Work.SUBMIT: State.STAGED}[work]
    if pack.state != needed or pack.owed:
        raise ValidationError(
            f"This pack is {pack.get_state_display().lower()}{', and under way' if pack.owed else ''}."
        )
    if not pack.case.is_open:
        raise ValidationError("This dispute cannot be answered any more.")
    pack.owed, pack.due_at, pack.attempts, pack.error = work, timezone.now(), 0, ""
    pack.save(update_fields=["owed", "due_at", "attempts", "error"])
    named = {"target": f"dispute/{pack.case_id}", "target_label": pack.case.stripe_id, "decision_id": grant.decision_id}
    record_event(Event.EVIDENCE_SENT, grant.actor(), **named, pack=str(pack.id), step=work.value)
    wake(pack)
    return pack


def stage(pack: EvidencePack) -> None:
    """Upload the files, stage the evidence and read it back; a pack that is not what was approved becomes void."""
    if not _is_whole(pack):
        return
    evidence = fields_of(pack, _uploaded(pack))
    before = dispute(pack.case.stripe_id)["evidence_details"]["submission_count"]
    key = f"dispute-stage:{pack.case.stripe_id}:{pack.manifest_sha256}"
    params = {"dispute": pack.case.stripe_id, "evidence": evidence, "submit": False}
    perform("dispute_stage", key, params, partial(answer, submit=False))
    if wrong := differences(dispute(pack.case.stripe_id), evidence, before):
        raise ValidationError(f"What Stripe holds is not what was staged: {', '.join(wrong)}.")
    _move(pack, State.STAGED, Event.EVIDENCE_STAGED, staged_at=timezone.now(), count_before=before)


def submit(pack: EvidencePack) -> None:
    """Send the one answer. Who asks again, after a kill or a lost answer, finds it sent and sends nothing.

    A pack that is not what was approved, or whose draft somebody changed at Stripe, becomes void before it is written
    down as the one that is sent: the next pack can be.
    """
    held = dispute(pack.case.stripe_id)
    answered: int = held["evidence_details"]["submission_count"]
    is_sent = answered > pack.count_before
    if not is_sent and not (_is_whole(pack) and _is_as_staged(pack, held)):
        return
    kept = _claimed(pack, answered)
    if kept is None:
        _end(pack, "Another pack was submitted for this dispute.")
        return
    if not is_sent:
        _send(pack)
    Submission.objects.filter(id=kept.id, finished_at=None).update(finished_at=timezone.now())
    _move(pack, State.SUBMITTED, Event.EVIDENCE_SUBMITTED, submitted_at=timezone.now())


@transaction.atomic
def _claimed(pack: EvidencePack, answered: int) -> Submission | None:
    """Write down that this pack is the one that is sent, unless it is void by now or another one has the place.

    The place of a void one that Stripe never got is free.
    """
    if locked(pack.id).state == State.VOID:
        return None
    case, mine = pack.case, {"pack": pack, "key": _key(pack)}
    rows = Submission.objects.select_for_update()
    kept: Submission = rows.get_or_create(case=case, case_type=case.case_type, defaults=mine)[0]
    if kept.pack_id == pack.id:
        return kept
    if kept.finished_at or kept.pack.state != State.VOID or answered > kept.pack.count_before:
        return None
    kept.pack, kept.key, kept.begun_at = pack, _key(pack), timezone.now()
    kept.save(update_fields=["pack", "key", "begun_at"])
    return kept


def _send(pack: EvidencePack) -> None:
    params = {"dispute": pack.case.stripe_id, "evidence": fields_of(pack, pack.files), "submit": True}
    perform("dispute_submit", _key(pack), params, partial(answer, submit=True))


def _is_as_staged(pack: EvidencePack, held: Mapping[str, Any]) -> bool:
    """Tell whether Stripe holds what was staged and read back; a pack of which it does not becomes void."""
    wrong = differences(held, fields_of(pack, pack.files), pack.count_before)
    if wrong:
        _end(pack, f"What Stripe holds is not what was staged: {', '.join(wrong)}.")
    return not wrong


@transaction.atomic
def _end(pack: EvidencePack, why: str) -> None:
    row = locked(pack.id)
    if row.state == State.STAGED:
        end(row, why)


def _key(pack: EvidencePack) -> str:
    return f"dispute-submit:{pack.case.stripe_id}:{pack.manifest_sha256}"


def _is_whole(pack: EvidencePack) -> bool:
    """Tell whether the pack and its approval are what they say; one that is not becomes void."""
    expected = {"org": str(pack.org_id), "dispute": pack.case.stripe_id, "manifest": pack.manifest_sha256}
    try:
        with tempfile.NamedTemporaryFile(suffix=".zip") as copy:
            approved_copy(pack, copy)  # type: ignore[arg-type]  # a file, wrapped
            copy.flush()
            wrong = verify_pack.problems(Path(copy.name), signing_key(pack.kid).public_key(), expected)
    except store.Broken as error:
        wrong = [str(error)]
    if wrong:
        with transaction.atomic():
            end(locked(pack.id), f"Not what was approved: {wrong[0]}")
    return not wrong


def _uploaded(pack: EvidencePack) -> Mapping[str, str]:
    """Return the ids of the pack's files at Stripe, uploading those that are not there yet."""
    ids: dict[str, str] = dict(pack.files)
    named = {entry["field"]: entry["name"] for entry in pack.manifest["files"] if entry["field"] not in ids}
    held = store.members(pack, named.values())
    for field, name in named.items():
        content = held[name]
        params = {"purpose": "dispute_evidence", "field": field, "sha256": hashlib.sha256(content).hexdigest()}
        made = perform(
            "evidence_file", f"evidence-file:{pack.id}:{field}", params, partial(upload, io.BytesIO(content))
        )
        ids[field] = made["id"]
        EvidencePack.objects.filter(id=pack.id).update(files=ids)
    return ids


@transaction.atomic
def _move(pack: EvidencePack, state: "EvidencePack.State", event: Event, **values: Any) -> None:  # noqa: ANN401
    row = locked(pack.id)
    if row.owed != pack.owed:
        return  # another worker did it
    if state == State.STAGED:
        moves(row.case, Act.STAGE, SYSTEM, "The evidence is staged at Stripe and read back.")
    else:
        sent(row, SYSTEM)
    row.state, row.owed, row.due_at, row.error = state, "", None, ""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=["state", "owed", "due_at", "error", *values])
    record(event, row, manifest=row.manifest_sha256)
