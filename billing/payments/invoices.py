"""Stripe's invoices into rows: pure functions from its objects, and the verbs that record them.

The objects are JSON in the shape of API version 2026-08-26.dahlia: the subscription stands in
``parent.subscription_details``, what pays an invoice in ``payments``, a list of invoice payments that is there where it
was asked for (`fetching` does).
"""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from billing.payments.models import ChargeState, InvoiceLine, InvoiceState
from billing.payments.moments import moment, moment_or_none

_RANKS = {"draft": 0, "open": 1, "uncollectible": 2, "paid": 3, "void": 3}
_USAGE_KEY = "usage_key"
"""The metadata by which `billing.invoicing` names what a line bills."""


def invoice_values(invoice: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that an invoice of Stripe's fills."""
    moments = invoice["status_transitions"]
    return {
        "number": invoice["number"] or "",
        "status": invoice["status"],
        "billing_reason": invoice["billing_reason"] or "",
        "currency": invoice["currency"],
        "total_cents": invoice["total"],
        "paid_cents": invoice["amount_paid"],
        "due_cents": invoice["amount_due"],
        "subscription_id": subscription_of(invoice),
        "period_start": moment(invoice["period_start"]),
        "period_end": moment(invoice["period_end"]),
        "hosted_url": invoice["hosted_invoice_url"] or "",
        "attempt_count": invoice["attempt_count"],
        "next_attempt_at": moment_or_none(invoice["next_payment_attempt"]),
        "auto_advance": bool(invoice["auto_advance"]),
        "created_at": moment(invoice["created"]),
        "finalized_at": moment_or_none(moments["finalized_at"]),
        "paid_at": moment_or_none(moments["paid_at"]),
    }


def subscription_of(invoice: dict[str, Any]) -> str:
    """Return the id of the subscription that an invoice bills, or ""."""
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return id_of(details.get("subscription"))


def id_of(value: str | dict[str, Any] | None) -> str:
    """Return the id in a field that holds an id, an expanded object or nothing."""
    return (value["id"] if isinstance(value, dict) else value) or ""


def line_values(line: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that a line of an invoice fills."""
    return {
        "stripe_id": line["id"],
        "description": (line["description"] or "")[:500],
        "amount_cents": line["amount"],
        "quantity": line["quantity"] or 0,
        "period_start": moment(line["period"]["start"]),
        "period_end": moment(line["period"]["end"]),
        "usage_key": (line["metadata"] or {}).get(_USAGE_KEY, ""),
    }


def rank(values: dict[str, Any]) -> tuple[int, int, int]:
    """Return what only grows in an invoice's life: of two states the one that ranks lower is the older."""
    return _RANKS[values["status"]], values["attempt_count"], values["paid_cents"]


@transaction.atomic
def record_invoice(invoice: dict[str, Any]) -> InvoiceState:
    """Let the row of an invoice follow from its object, in the open organisation; an older object changes nothing."""
    values = invoice_values(invoice)
    row, new = InvoiceState.objects.select_for_update().get_or_create(stripe_id=invoice["id"], defaults=values)
    if not new and rank(values) < rank(vars(row)):
        return row  # type: ignore[no-any-return]  # the manager of tenant models has no row type
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    _record_lines(row, invoice["lines"]["data"])
    for payment in (invoice.get("payments") or {}).get("data", ()):
        record_invoice_payment(payment)
    row.refresh_from_db(fields=["payment_intent_id", "charge_id"])
    return row  # type: ignore[no-any-return]  # as above


def _record_lines(row: InvoiceState, lines: list[dict[str, Any]]) -> None:
    known = {line.stripe_id: line for line in row.lines.all()}
    for values in map(line_values, lines):
        line = known.pop(values["stripe_id"], None) or InvoiceLine(invoice=row)
        for name, value in values.items():
            setattr(line, name, value)
        line.save()
    row.lines.filter(stripe_id__in=known).delete()  # a draft's lines can be taken off again


@transaction.atomic
def record_invoice_payment(payment: dict[str, Any]) -> None:
    """Tie an invoice, the payment intent that is to pay it, and the charges made for that."""
    intent = id_of(payment["payment"].get("payment_intent"))
    if not intent or payment["status"] == "canceled":
        return
    invoice_id = id_of(payment["invoice"])
    InvoiceState.objects.filter(stripe_id=invoice_id).update(payment_intent_id=intent)
    for charge in ChargeState.objects.filter(payment_intent_id=intent):
        tie(charge, invoice_id)


def tie(charge: ChargeState, invoice_id: str = "") -> None:
    """Let a charge name its invoice, and the invoice the charge that paid it, whichever came first."""
    invoice_id = invoice_id or next(_invoices_of(charge), "")
    if not invoice_id:
        return
    ChargeState.objects.filter(pk=charge.pk).update(invoice_id=invoice_id)
    charge.invoice_id = invoice_id
    if charge.status == ChargeState.Status.SUCCEEDED:
        InvoiceState.objects.filter(stripe_id=invoice_id).update(charge_id=charge.stripe_id)


def _invoices_of(charge: ChargeState) -> Iterator[str]:
    if charge.payment_intent_id:
        rows = InvoiceState.objects.filter(payment_intent_id=charge.payment_intent_id)
        yield from rows.values_list("stripe_id", flat=True)[:1]
