"""A worker builds a pack: gathers a checkpoint, composes, signs, keeps. Killed at any point it is begun again from what
is on disk; the same checkpoint makes the same bytes.
"""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import Actor, record_event
from billing.disputes.containing import told
from billing.disputes.states import Act
from billing.evidence import store
from billing.evidence.facts import Said
from billing.evidence.following import drafts, locked, moves
from billing.evidence.gathering import Asked, gather
from billing.evidence.models import EvidencePack
from billing.evidence.packs import Contents, TooLarge, compose, write
from billing.evidence.screening import Screen, Unclean, screen
from billing.evidence.signing import signature_of, signing_key
from billing.evidence.verify_pack import key_id
from tenants.webhooks.emitting import emit
from tenants.webhooks.kinds import WebhookEvent

SYSTEM = Actor("system", "evidence", "Evidence")
State = EvidencePack.State


def build(pack: EvidencePack) -> None:
    """Build the open organisation's pack; one that cannot leave as it is becomes void and says why."""
    with_screen = screen()
    _at(pack, 10, "Gathering the facts")
    checkpoint = store.checkpoint(pack) or store.keep_checkpoint(
        pack, lambda folder: _gathered(pack, with_screen, folder)
    )
    _at(pack, 50, "Writing the answer")
    try:
        contents = compose(checkpoint, with_screen)
    except (Unclean, TooLarge) as error:
        _give_up(pack, str(error))
        return
    _at(pack, 80, "Signing")
    key = signing_key()
    signature = signature_of("manifest.json", contents.manifest, key)
    sha = store.keep_archive(pack, lambda out: write(out, contents, checkpoint, signature))
    _done(pack, contents, sha, key_id(key.public_key()))


def _gathered(pack: EvidencePack, screen: Screen, folder: Path) -> Any:  # noqa: ANN401 (what `gather` returns)
    return gather(Asked(pack.case, pack.as_of, said_of(pack)), screen, folder)


def said_of(pack: EvidencePack) -> Said:
    """Return what the preparer added."""
    day = pack.said.get("cancelled_on")
    statement, other = pack.said.get("statement", ""), pack.said.get("duplicate_of", "")
    return Said(statement, date.fromisoformat(day) if day else None, other)


def _at(pack: EvidencePack, progress: int, step: str) -> None:
    EvidencePack.objects.filter(id=pack.id, state=State.BUILDING).update(progress=progress, step=step)


@transaction.atomic
def _done(pack: EvidencePack, contents: Contents, sha: str, kid: str) -> None:
    """Note that a pack is ready, unless it was voided meanwhile or another worker was first."""
    row = locked(pack.id)
    if row.state != State.BUILDING:
        return
    moves(row.case, Act.BUILD, SYSTEM, "The pack of evidence is built.")
    row.state, row.owed, row.due_at, row.error = State.READY, "", None, ""
    row.progress, row.step, row.built_at = 100, "", timezone.now()
    row.manifest, row.manifest_sha256 = orjson.loads(contents.manifest), contents.sha256
    row.archive_sha256, row.kid = sha, kid
    row.missing = list(contents.eligibility.missing) if contents.eligibility.applies else []
    row.save()
    record(Event.EVIDENCE_BUILT, row, manifest=row.manifest_sha256)
    emit(WebhookEvent.DISPUTE_EVIDENCE_READY, {**told(row.case), "pack_id": row.id, "manifest": row.manifest_sha256})


@transaction.atomic
def _give_up(pack: EvidencePack, why: str) -> None:
    row = locked(pack.id)
    if row.state == State.BUILDING:
        end(row, why)


def end(row: EvidencePack, why: str) -> None:
    """Void a locked pack that cannot go on."""
    row.state, row.owed, row.due_at, row.why, row.voided_at = State.VOID, "", None, why[:300], timezone.now()
    row.save(update_fields=["state", "owed", "due_at", "why", "voided_at"])
    record(Event.EVIDENCE_VOIDED, row, why=row.why)
    if row.case.is_open:
        drafts(row.case, SYSTEM, f"The pack of evidence is void: {row.why}"[:300])


def record(event: Event, pack: EvidencePack, **detail: str) -> None:
    """Write an event of the worker's own."""
    named = {"target": f"dispute/{pack.case_id}", "target_label": pack.case.stripe_id}
    record_event(event, SYSTEM, **named, pack=str(pack.id), **detail)
