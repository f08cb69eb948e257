"""An answer to an estate's dispute, waiting for nobody, and its submission."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from billing.disputes.models import DisputeCase
from billing.evidence.models import EvidencePack, Submission

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def pack(estate: "Estate") -> EvidencePack:
    made: EvidencePack = EvidencePack.objects.create(
        case=estate.rows[DisputeCase], as_of=timezone.now(), preparer_id="1", preparer=estate.canary, owed=""
    )
    return made


def submission(estate: "Estate") -> Submission:
    case, of = estate.rows[DisputeCase], estate.rows[EvidencePack]
    made: Submission = Submission.objects.create(case=case, case_type="inquiry", pack=of, key=estate.canary)
    return made


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {
    EvidencePack: pack,
    Submission: submission,
}
