"""Our refunds follow Stripe's, whatever order its answers and events come in."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.notices import Notice, address_of, tell_treasurers
from accounts.templatetags.quantities import money
from audit.events import Event
from audit.record import Actor, record_event
from billing.payments.models import InvoiceState
from billing.refunds.models import Refund
from tenants.models import Organization

SYSTEM = Actor("system", "refunds", "Refunds")
_STATES = {
    "pending": Refund.State.PENDING,
    "requires_action": Refund.State.PENDING,
    "succeeded": Refund.State.DONE,
    "failed": Refund.State.FAILED,
    "canceled": Refund.State.FAILED,
}
_RANKS = {Refund.State.APPROVED: 0, Refund.State.PENDING: 1, Refund.State.DONE: 2, Refund.State.FAILED: 3}
"""A refund that was done can still fail, when the card's bank sends it back; one that failed stays so."""


@transaction.atomic
def follow(refund: dict[str, Any]) -> Refund | None:
    """Let our row follow from a refund of Stripe's, in the open organisation; `None` where it is not one of ours."""
    key = (refund.get("metadata") or {}).get("refund", "")
    row = Refund.objects.select_for_update().filter(pk=key).first() if _is_uuid(key) else None
    state = _STATES.get(refund["status"])
    if row is None or state is None or row.state not in _RANKS:
        return None
    if row.stripe_id and row.stripe_id != refund["id"]:
        return None  # a second one with our metadata, made by hand: ours is the first
    if _RANKS[state] > _RANKS[Refund.State(row.state)]:
        _move(row, refund, state)
    return row  # type: ignore[no-any-return]  # the manager of tenant models has no row type


def fail(refund: Refund, why: str) -> None:
    """End a refund that cannot be made."""
    refund.state, refund.failure, refund.finished_at = Refund.State.FAILED, why[:120], timezone.now()
    refund.save(update_fields=["state", "failure", "finished_at"])
    record_event(Event.REFUND_FAILED, SYSTEM, f"refund/{refund.id}", refund.charge.stripe_id, why=refund.failure)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _move(row: Refund, refund: dict[str, Any], state: Refund.State) -> None:
    row.stripe_id = refund["id"]
    if state == Refund.State.FAILED:
        row.save(update_fields=["stripe_id"])
        fail(row, str(refund.get("failure_reason") or "failed at Stripe"))
        return
    row.state = state
    row.finished_at = timezone.now() if state == Refund.State.DONE else None
    row.save(update_fields=["state", "stripe_id", "finished_at"])
    if state == Refund.State.DONE:
        _tell(row)


def _tell(row: Refund) -> None:
    charge = row.charge
    target = f"refund/{row.id}"
    record_event(Event.REFUND_MADE, SYSTEM, target, charge.stripe_id, amount_cents=row.amount_cents)
    invoice = InvoiceState.objects.filter(stripe_id=charge.invoice_id).first() if charge.invoice_id else None
    facts = {
        "organization": Organization.objects.get().name,
        "amount": money(row.amount_cents, charge.currency),
        "card": f"{charge.card_brand} ending in {charge.card_last4}" if charge.card_last4 else "",
        "invoice": str(invoice or ""),
        "invoice_url": address_of("invoice_detail", invoice.id) if invoice else address_of("invoices_list"),
    }
    tell_treasurers(Notice.REFUND_MADE, facts)
