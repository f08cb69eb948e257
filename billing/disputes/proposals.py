"""What takes two people: one of the desk proposes, another one decides, with a passkey just used."""

import uuid
from typing import Any

import stripe
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.events import Event
from audit.outbox import handles, post
from audit.record import Actor, record_event
from billing.disputes.cases import do, locked
from billing.disputes.containing import thaw
from billing.disputes.debts import forgive
from billing.disputes.models import DisputeCase, Proposal
from billing.disputes.states import Act, NotFrom, State, after
from billing.disputes.telling import tell_desk
from billing.disputes.timeline import note
from billing.entitlements.models import Freeze
from billing.processor.client import client
from billing.processor.operations import perform
from tenants.guard import Grant
from tenants.permissions import Permission

TOPIC = "disputes.accept"


@transaction.atomic
def propose(grant: Grant, case_id: uuid.UUID, kind: Proposal.Kind, why: str) -> Proposal:
    """Propose something that takes another person's yes. Raises `ValidationError`, `DisputeCase.DoesNotExist`."""
    grant.must_be(Permission.DISPUTES_PREPARE)
    case = _case(case_id)
    why = " ".join(why.split())
    if not 1 <= len(why) <= 300:
        raise ValidationError({"why": "Say why, in at most 300 characters."})
    _check(case, kind)
    actor = grant.actor()
    try:
        with transaction.atomic():
            made: Proposal = Proposal.objects.create(
                case=case, kind=kind, why=why, proposer_id=actor.id, proposer=actor.label[:120]
            )
    except IntegrityError:
        raise ValidationError("That is proposed already, and waits for somebody else.") from None
    _record(Event.DISPUTE_PROPOSED, grant, made, case, "proposed", f"Proposed: {made.get_kind_display()}. {why}")
    tell_desk(f"Proposed: {made.get_kind_display().lower()}", f"{made.proposer}: {why}", case)
    return made


@transaction.atomic
def decide(grant: Grant, proposal_id: uuid.UUID, yes: bool) -> Proposal:
    """Approve or refuse what another person proposed. Raises `ValidationError` for one's own, or too late."""
    grant.must_be(Permission.DISPUTES_APPROVE)
    proposal, case = _undecided(proposal_id)
    if proposal.proposer_id == grant.principal.id:
        raise ValidationError("Somebody else has to decide what you proposed.")
    if yes:
        _check(case, Proposal.Kind(proposal.kind))
    outcome = Proposal.Outcome.APPROVED if yes else Proposal.Outcome.REFUSED
    _decide(grant.actor(), proposal, outcome)
    text = f"{outcome.label}: {proposal.get_kind_display()}."
    _record(Event.DISPUTE_DECIDED, grant, proposal, case, outcome.value, text)
    if yes:
        _carry_out(grant.actor(), proposal, case)
    return proposal


@transaction.atomic
def withdraw(grant: Grant, proposal_id: uuid.UUID) -> Proposal:
    """Take back what oneself proposed. Raises `ValidationError` for another's."""
    grant.must_be(Permission.DISPUTES_PREPARE)
    proposal, case = _undecided(proposal_id)
    if proposal.proposer_id != grant.principal.id:
        raise ValidationError("Only who proposed it can withdraw it.")
    _decide(grant.actor(), proposal, Proposal.Outcome.WITHDRAWN)
    text = f"Withdrawn: {proposal.get_kind_display()}."
    _record(Event.DISPUTE_DECIDED, grant, proposal, case, "withdrawn", text)
    return proposal


def is_possible(case: DisputeCase, kind: Proposal.Kind) -> bool:
    """Tell whether something can be proposed as the case stands."""
    try:
        _check(case, kind)
    except ValidationError:
        return False
    return True


@handles(TOPIC)
def close_at_stripe(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
    """Accept a dispute at Stripe, which cannot be undone; again, it is the same act. A no of Stripe's ends it.

    What Stripe then says may be heard before this is noted: the case is accepted by that already (`cases`).
    """
    proposal: Proposal = Proposal.objects.get(id=payload["proposal"])
    case: DisputeCase = DisputeCase.objects.get(id=proposal.case_id)
    actor = Actor("operator", proposal.decider_id, proposal.decider)
    try:
        after(State(case.state), Act.ACCEPT)
        perform("dispute_close", f"dispute-close:{case.stripe_id}", {"dispute": case.stripe_id}, _close)
        do(case, Act.ACCEPT, actor, "The dispute was accepted at Stripe.", proposal=str(proposal.id))
    except (stripe.InvalidRequestError, NotFrom) as error:
        if locked(case.stripe_id).state != State.ACCEPTED:
            tell_desk("A dispute could not be accepted", f"{type(error).__name__}: look at it at Stripe.", case)
            note(
                case,
                "not_accepted",
                "It could not be accepted: it is answered or over, or Stripe refused.",
                actor=actor,
            )
    Proposal.objects.filter(id=proposal.id).update(done_at=timezone.now())


def _close(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401 (an object of the SDK)
    return client().v1.disputes.close(params["dispute"], {}, {"idempotency_key": key})


def _check(case: DisputeCase, kind: Proposal.Kind) -> None:
    """Raise `ValidationError` unless the case can be taken this way now."""
    match kind:
        case Proposal.Kind.ACCEPT:
            try:
                after(State(case.state), Act.ACCEPT)
            except NotFrom as error:
                raise ValidationError(str(error)) from None
        case Proposal.Kind.LIFT if not Freeze.objects.filter(cause=case.cause, lifted_at=None).exists():
            raise ValidationError("The organisation is not frozen for this dispute.")
        case Proposal.Kind.FEE if case.case_type != "compliance" or case.fee_acknowledged_at or not case.is_open:
            raise ValidationError("This dispute asks for no fee, or not any more.")


def _carry_out(actor: Actor, proposal: Proposal, case: DisputeCase) -> None:
    match Proposal.Kind(proposal.kind):
        case Proposal.Kind.ACCEPT:
            post(TOPIC, {"proposal": str(proposal.id)})
            return
        case Proposal.Kind.LIFT:
            if case.is_over:
                forgive(case, actor)
            thaw(case, actor)
        case Proposal.Kind.FEE:
            case.fee_acknowledged_at = timezone.now()
            case.save(update_fields=["fee_acknowledged_at"])
    proposal.done_at = timezone.now()
    proposal.save(update_fields=["done_at"])


def _case(case_id: uuid.UUID) -> DisputeCase:
    case: DisputeCase = DisputeCase.objects.select_for_update().get(id=case_id)
    return case


def _undecided(proposal_id: uuid.UUID) -> tuple[Proposal, DisputeCase]:
    case = _case(Proposal.objects.get(id=proposal_id).case_id)
    proposal: Proposal = Proposal.objects.get(id=proposal_id)
    if proposal.outcome:
        raise ValidationError(f"That was {proposal.get_outcome_display().lower()} already.")
    return proposal, case


def _decide(actor: Actor, proposal: Proposal, outcome: Proposal.Outcome) -> None:
    proposal.outcome, proposal.decided_at = outcome, timezone.now()
    proposal.decider_id, proposal.decider = actor.id, actor.label[:120]
    proposal.save(update_fields=["outcome", "decided_at", "decider_id", "decider"])


def _record(event: Event, grant: Grant, proposal: Proposal, case: DisputeCase, kind: str, text: str) -> None:
    note(case, kind, text, actor=grant.actor(), proposal=str(proposal.id))
    record_event(
        event,
        grant.actor(),
        case.cause,
        case.stripe_id,
        grant.decision_id,
        kind=proposal.kind,
        outcome=proposal.outcome,
    )
