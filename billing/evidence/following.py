"""The case goes along with its pack: each step of the one is a step of the other, in the same transaction."""

from contextlib import suppress
from uuid import UUID

from django.core.exceptions import ValidationError

from audit.record import Actor
from billing.disputes.cases import TooLate, did, do
from billing.disputes.models import DisputeCase
from billing.disputes.states import Act, NotFrom, State
from billing.evidence.models import EvidencePack


def locked(pack_id: UUID) -> EvidencePack:
    """Return a pack of the open organisation, locked after its case: whoever acts on either does so in this order."""
    case_id = EvidencePack.objects.values_list("case_id", flat=True).get(id=pack_id)
    case = DisputeCase.objects.select_for_update().get(id=case_id)
    pack: EvidencePack = EvidencePack.objects.select_for_update().get(id=pack_id)
    pack.case = case
    return pack


def drafts(case: DisputeCase, actor: Actor, text: str) -> None:
    """Take the case back to its draft, where it is not there. Raises `ValidationError`."""
    if case.state != State.DRAFTING:
        moves(case, Act.DRAFT, actor, text)


def moves(case: DisputeCase, act: Act, actor: Actor, text: str) -> None:
    """Take the case through an act. Raises `ValidationError` where its state does not let it."""
    try:
        do(case, act, actor, text)
    except (NotFrom, TooLate) as error:
        raise ValidationError(str(error)) from error


def sent(pack: EvidencePack, actor: Actor) -> None:
    """Note that the answer is sent; Stripe may have said so already, and then the case is further on.

    It may have been sent just before the deadline, and be noted after it.
    """
    with suppress(NotFrom):
        did(pack.case, Act.SUBMIT, actor, "The answer is submitted to the bank.")
