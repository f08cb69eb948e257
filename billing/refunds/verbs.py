"""What people do with refunds: propose, withdraw, approve, reject. Two of them at least, for each that is made."""

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from audit.events import Event
from audit.outbox import post
from audit.record import record_event
from billing.payments.models import ChargeState
from billing.refunds.models import Refund
from tenants.guard import Grant
from tenants.permissions import Permission

SENDING = "refunds.send"
_UNDER_WAY = (Refund.State.PROPOSED, Refund.State.APPROVED, Refund.State.PENDING)


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A refund that somebody wants; `amount_cents` in the charge's currency."""

    charge_id: UUID
    amount_cents: int
    reason: str
    note: str


@transaction.atomic
def propose(grant: Grant, wanted: RefundRequest) -> Refund:
    """Ask for a refund; nothing moves until somebody else approves. Raises `ValidationError` by the field at fault."""
    grant.must_be(Permission.REFUNDS_PROPOSE)
    charge = ChargeState.objects.select_for_update().get(pk=wanted.charge_id)  # so that the sum below is one
    if charge.status != ChargeState.Status.SUCCEEDED:
        raise ValidationError("Nothing was paid by this charge.")
    left = left_of(charge)
    if not 1 <= wanted.amount_cents <= left:
        raise ValidationError({"amount": f"Of this charge {left / 100:,.2f} can be refunded."})
    refund = Refund(
        charge=charge,
        amount_cents=wanted.amount_cents,
        reason=wanted.reason,
        note=wanted.note.strip(),
        proposer_id=grant.principal.id,
        proposer_label=grant.principal.label[:120],
        proposed_at=timezone.now(),
    )
    refund.clean_fields(exclude={"charge"})
    refund.save(force_insert=True)
    _record(Event.REFUND_PROPOSED, grant, refund)
    return refund


def left_of(charge: ChargeState) -> int:
    """Return the cents of a charge that are neither refunded nor about to be."""
    under_way = Refund.objects.filter(charge_id=charge.pk, state__in=_UNDER_WAY).aggregate(sum_=Sum("amount_cents"))
    return max(0, charge.amount_cents - charge.refunded_cents - int(under_way["sum_"] or 0))


@transaction.atomic
def approve(grant: Grant, refund_id: UUID) -> Refund:
    """Have a refund made that somebody else proposed. Raises `ValidationError`."""
    grant.must_be(Permission.REFUNDS_APPROVE)
    refund = _decided(grant, refund_id, Refund.State.APPROVED)
    post(SENDING, {"refund": str(refund.id)})
    _record(Event.REFUND_APPROVED, grant, refund)
    return refund


@transaction.atomic
def reject(grant: Grant, refund_id: UUID) -> Refund:
    """Refuse a refund that somebody else proposed. Raises `ValidationError`."""
    grant.must_be(Permission.REFUNDS_APPROVE)
    refund = _decided(grant, refund_id, Refund.State.REJECTED)
    _record(Event.REFUND_REJECTED, grant, refund)
    return refund


@transaction.atomic
def withdraw(grant: Grant, refund_id: UUID) -> Refund:
    """Take a proposal of one's own back. Raises `ValidationError`."""
    grant.must_be(Permission.REFUNDS_PROPOSE)
    refund = _waiting(refund_id)
    if refund.proposer_id != grant.principal.id:
        raise ValidationError("Only who proposed a refund can withdraw it.")
    refund.state, refund.finished_at = Refund.State.WITHDRAWN, timezone.now()
    refund.save(update_fields=["state", "finished_at"])
    _record(Event.REFUND_WITHDRAWN, grant, refund)
    return refund


def _decided(grant: Grant, refund_id: UUID, state: Refund.State) -> Refund:
    refund = _waiting(refund_id)
    if refund.proposer_id == grant.principal.id:
        raise ValidationError("Somebody else than who proposed it decides about a refund.")
    refund.state, refund.decided_at = state, timezone.now()
    refund.decider_id, refund.decider_label = grant.principal.id, grant.principal.label[:120]
    refund.save(update_fields=["state", "decided_at", "decider_id", "decider_label"])
    return refund


def _waiting(refund_id: UUID) -> Refund:
    refund: Refund = Refund.objects.select_for_update().get(pk=refund_id)
    if refund.state != Refund.State.PROPOSED:
        raise ValidationError(f"This refund is decided: {refund.get_state_display()}.")
    return refund


def _record(event: Event, grant: Grant, refund: Refund) -> None:
    charge = ChargeState.objects.get(pk=refund.charge_id)
    record_event(
        event,
        grant.actor(),
        f"refund/{refund.id}",
        charge.stripe_id,
        decision_id=grant.decision_id,
        amount_cents=refund.amount_cents,
        currency=charge.currency,
        reason=refund.reason,
    )
