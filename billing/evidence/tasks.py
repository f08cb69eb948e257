"""The workers' side: the work that a pack owes, and the sweep of what a lost wake-up or a kill left behind."""

import logging
import uuid
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from billing.evidence.building import build
from billing.evidence.models import EvidencePack
from billing.evidence.submitting import stage, submit
from billing.evidence.wake import wakes
from tenants.tasks import OrgTask, hand_out

LEASE = timedelta(minutes=2)
"""How long nobody else takes up what a worker began: a build has a minute."""
BATCH = 100
DUE = "SELECT org_id, id FROM evidence_due(%s)"
_WORK = {EvidencePack.Work.BUILD: build, EvidencePack.Work.STAGE: stage, EvidencePack.Work.SUBMIT: submit}
log = logging.getLogger(__name__)


@shared_task(base=OrgTask)
def work(org_id: str, pack_id: str) -> bool:
    """Do what a pack owes; tells whether it was this worker's to do."""
    pack = _claimed(uuid.UUID(pack_id))
    if pack is None:
        return False
    try:
        _WORK[EvidencePack.Work(pack.owed)](pack)
    except Exception as error:  # whatever failed, the sweep tries again
        log.exception("pack %s: %s failed", pack.id, pack.owed)
        _failed(pack, error)
    return True


@shared_task
def sweep() -> int:
    """Have the work done that is due in any organisation; returns how many packs there are."""
    return hand_out(work, DUE, BATCH)


@wakes
def wake(org_id: str, pack_id: str) -> None:
    """Have a worker look at a pack now."""
    work.apply_async((org_id, pack_id), retry=False)


def _claimed(pack_id: uuid.UUID) -> EvidencePack | None:
    """Take the work of a pack for as long as the lease lasts; nothing where somebody else has it."""
    now = timezone.now()
    owing = EvidencePack.objects.filter(id=pack_id, due_at__lte=now).exclude(owed="")
    if not owing.update(due_at=now + LEASE):
        return None
    pack: EvidencePack = EvidencePack.objects.select_related("case").get(id=pack_id)
    return pack


def _failed(pack: EvidencePack, error: Exception) -> None:
    wait = min(timedelta(seconds=15) * 2 ** min(pack.attempts, 8), timedelta(hours=1))
    said = f"{type(error).__name__}: {error}"[:300]
    rows = EvidencePack.objects.filter(id=pack.id).exclude(owed="")
    rows.update(due_at=timezone.now() + wait, attempts=pack.attempts + 1, error=said)
