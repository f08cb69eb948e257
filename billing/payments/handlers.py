"""What Stripe's events change in our rows. Each asks how things stand now, so their order does not matter."""

from typing import Any

from billing.payments.charges import record_charge
from billing.payments.fetching import fetch_charge, fetch_invoice
from billing.payments.invoices import id_of, record_invoice
from billing.payments.models import ChargeState, InvoiceState
from billing.webhooks.registry import Followed, StripeEvent, follows, handles

_CAME_BACK = {"failed", "canceled"}


@handles(
    "invoice.created",
    "invoice.updated",
    "invoice.finalized",
    "invoice.finalization_failed",
    "invoice.sent",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.overdue",
    "invoice.voided",
    "invoice.marked_uncollectible",
)
def invoice_changed(event: StripeEvent) -> None:
    """Record the invoice with all its lines and payments, which an event's object lacks."""
    if not event.object.get("deleted"):
        record_invoice(fetch_invoice(event.object["id"]))


@handles("invoice.deleted")
def draft_deleted(event: StripeEvent) -> None:
    """Forget a draft that is no more; nothing else can be deleted at Stripe."""
    InvoiceState.objects.filter(stripe_id=event.object["id"], status=InvoiceState.Status.DRAFT).delete()


@handles("invoice_payment.paid")
def invoice_payment_paid(event: StripeEvent) -> None:
    """Record the invoice that was paid: its charge and its payment find each other there."""
    record_invoice(fetch_invoice(id_of(event.object["invoice"])))


@handles(
    "charge.pending",
    "charge.succeeded",
    "charge.failed",
    "charge.captured",
    "charge.updated",
    "charge.refunded",
)
def charge_changed(event: StripeEvent) -> None:
    record_charge(event.object)


@handles("payment_intent.succeeded", "payment_intent.payment_failed")
def intent_tried(event: StripeEvent) -> None:
    """Record the newest try of a payment."""
    if charge := id_of(event.object["latest_charge"]):
        record_charge(fetch_charge(charge))


@handles("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
def refund_changed(event: StripeEvent) -> None:
    """Record the charge again: what was refunded of it grew, or came back."""
    if charge := id_of(event.object["charge"]):
        record_charge(fetch_charge(charge), refund_failed=event.object["status"] in _CAME_BACK)


@handles("charge.dispute.created")
def charge_disputed(event: StripeEvent) -> None:
    record_charge(fetch_charge(id_of(event.object["charge"])))


def _is_invoice_so(invoice: dict[str, Any]) -> bool:
    said = {"status": invoice["status"], "total_cents": invoice["total"], "paid_cents": invoice["amount_paid"]}
    return bool(InvoiceState.objects.filter(stripe_id=invoice["id"], **said).exists())


def _is_charge_so(charge: dict[str, Any]) -> bool:
    said = {"status": charge["status"], "refunded_cents": charge["amount_refunded"], "disputed": charge["disputed"]}
    return bool(ChargeState.objects.filter(stripe_id=charge["id"], **said).exists())


follows(Followed("invoices", _is_invoice_so, lambda invoice: record_invoice(fetch_invoice(invoice["id"]))))
follows(Followed("charges", _is_charge_so, record_charge))
