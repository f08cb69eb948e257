"""What a dispute stops, in one transaction: use, what is held for calls, and the deletion of anything it is about."""

from datetime import datetime

from django.db import transaction
from django.db.models import Min

from accounts.notices import Notice
from audit import holds
from audit.events import Event
from audit.record import Actor, record_event
from billing.disputes.models import DisputeCase
from billing.disputes.states import Act, State, after
from billing.disputes.telling import tell_desk, tell_tenant
from billing.disputes.timeline import SYSTEM, note
from billing.entitlements.verbs import freeze, lift
from billing.ledger.reservations import end_all
from billing.ledger.tasks import sweep_organization
from billing.payments.models import ChargeState
from tenants.models import Organization
from tenants.webhooks.emitting import emit
from tenants.webhooks.kinds import WebhookEvent

FROZEN = "A payment of yours is disputed, and the bank has taken the money back."


def contain(case: DisputeCase) -> None:
    """Hold, tell and freeze; the case is locked and new, or has just become a chargeback.

    The freeze comes last: from there to the commit nobody of the tenant is let in, or recorded (`audit_admit`),
    and nothing is asked of Stripe.
    """
    hold = holds.hold(case.cause, first_payment())
    text = f"Nothing from {hold.since:%d %B %Y} on is deleted while this lasts."
    if note(case, "held", text, key=f"held:{case.case_type}"):
        record_event(Event.HOLD_MADE, SYSTEM, case.cause, since=hold.since.isoformat())
    if case.state == State.DETECTED:
        case.state = after(State(case.state), Act.CONTAIN)
    _tell(case)
    if case.freezes:
        stop(case)
    else:
        note(case, "contained", "An inquiry takes no money: the organisation goes on.", before=State.DETECTED)


def stop(case: DisputeCase) -> None:
    """Freeze the organisation for this case, and end what is held for calls of its programs."""
    emit(WebhookEvent.TENANT_FROZEN, {"cause": "dispute", "dispute": case.stripe_id})
    note(case, "frozen", "Keys, services and tokens are refused; nothing new is admitted.", before=State.DETECTED)
    freeze(case.cause, FROZEN)
    ended = end_all()
    transaction.on_commit(lambda: _sweep(str(case.org_id)) if ended else None, robust=True)


def thaw(case: DisputeCase, actor: Actor = SYSTEM) -> None:
    """Lift this case's own freeze; the organisation stays frozen for any other."""
    if not lift(case.cause, actor):
        return
    note(case, "thawed", "The freeze for this dispute is lifted.", actor=actor)
    if Organization.objects.get().billing_status == Organization.BillingStatus.ACTIVE:
        emit(WebhookEvent.TENANT_UNFROZEN, {"cause": "dispute", "dispute": case.stripe_id})


def first_payment() -> datetime:
    """Return when the open organisation first paid, or was made where that is not known."""
    first: datetime | None = ChargeState.objects.aggregate(first=Min("created_at"))["first"]
    return first or Organization.objects.get().created_at


def _sweep(org_id: str) -> None:
    sweep_organization.apply_async((org_id,), retry=False)


def _tell(case: DisputeCase) -> None:
    record_event(
        Event.DISPUTE_OPENED,
        SYSTEM,
        case.cause,
        case.stripe_id,
        reason=case.reason,
        case_type=case.case_type,
        amount_cents=case.amount_cents,
        currency=case.currency,
        freezes=case.freezes,
    )
    tell_tenant(Notice.DISPUTE_OPENED, case, frozen=case.freezes)
    tell_desk(f"{case.get_case_type_display()} about {case.reason.replace('_', ' ')}", _what_to_do(case), case)
    emit(WebhookEvent.DISPUTE_OPENED, told(case))


def told(case: DisputeCase) -> dict[str, str | int | None]:
    """Return what a tenant's webhook says of a case."""
    return {
        "dispute": case.stripe_id,
        "status": case.status,
        "reason": case.reason,
        "amount_cents": case.amount_cents,
        "currency": case.currency,
        "due_at": case.due_at.isoformat() if case.due_at else None,
    }


def _what_to_do(case: DisputeCase) -> str:
    if not case.freezes:
        return (
            "It is an inquiry: the organisation goes on. Answer it, or refund the payment; that prevents a chargeback."
        )
    if case.case_type == "compliance":
        return "The organisation is frozen. Answering costs the network's fee, to which two people have to agree."
    return "The organisation is frozen and its records are held. Build the evidence, and have somebody else approve it."
