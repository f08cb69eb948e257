"""An invoice of an estate, with a line, and the charge that paid it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models

from billing.payments.charges import record_charge
from billing.payments.invoices import record_invoice
from billing.payments.models import ChargeState, InvoiceLine, InvoiceState

if TYPE_CHECKING:
    from tests.isolation.estate import Estate

_AT = 1_800_000_000


def _line(estate: "Estate") -> dict[str, Any]:
    period = {"start": _AT, "end": _AT}
    known = {"amount": 4_900, "quantity": 1, "period": period, "metadata": {"usage_key": estate.canary}}
    return {"id": f"il_{estate.canary}", "description": estate.canary, **known}


def invoice_object(estate: "Estate") -> dict[str, Any]:
    """Return an invoice as Stripe says it, of what a row is made of."""
    amounts = {"total": 4_900, "amount_paid": 4_900, "amount_due": 4_900, "attempt_count": 1}
    times = {"period_start": _AT, "period_end": _AT, "created": _AT, "next_payment_attempt": None}
    return {
        "id": f"in_{estate.canary}",
        "number": estate.canary,
        "status": "paid",
        "billing_reason": "manual",
        "currency": "usd",
        "parent": {"subscription_details": {"subscription": f"sub_{estate.canary}"}},
        "hosted_invoice_url": f"https://invoice.stripe.com/i/{estate.canary}",
        "auto_advance": False,
        "status_transitions": {"finalized_at": _AT, "paid_at": _AT},
        "lines": {"data": [_line(estate)]},
        **amounts,
        **times,
    }


def charge_object(estate: "Estate") -> dict[str, Any]:
    """Return a charge as Stripe says it, of what a row is made of."""
    card = {"brand": "visa", "last4": "4242", "country": "US", "fingerprint": estate.canary, "network": "visa"}
    return {
        "id": f"ch_{estate.canary}",
        "payment_intent": f"pi_{estate.canary}",
        "amount": 4_900,
        "amount_refunded": 0,
        "currency": "usd",
        "status": "succeeded",
        "created": _AT,
        "captured": True,
        "disputed": False,
        "receipt_email": f"{estate.canary}@example.com",
        "description": estate.canary,
        "failure_code": None,
        "outcome": {},
        "payment_method_details": {"card": card},
    }


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {
    InvoiceState: lambda estate: record_invoice(invoice_object(estate)),
    InvoiceLine: lambda estate: InvoiceLine.objects.get(),
    ChargeState: lambda estate: record_charge(charge_object(estate)),
}
