"""Invoices and billed usage as a tenant's pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Sum

from billing.invoicing.claiming import unbilled
from billing.invoicing.models import BilledPeriod, BilledUsage, UsageLine
from billing.payments.models import ChargeState, InvoiceLine, InvoiceState


@dataclass(frozen=True, slots=True)
class LineOfInvoice:
    """A line of an invoice; `usage` is what it bills of metered usage, if that."""

    line: InvoiceLine
    usage: UsageLine | None


@dataclass(frozen=True, slots=True)
class OpenUsage:
    """What was used and is on no invoice yet."""

    since: datetime
    calls: int
    nanos: int


def lines_of(invoice: InvoiceState) -> list[LineOfInvoice]:
    """Return the lines of an invoice of the open organisation, plans first."""
    lines = list(invoice.lines.all())
    keys = [line.usage_key for line in lines if line.usage_key]
    usage = {line.usage_key: line for line in UsageLine.objects.filter(usage_key__in=keys)}
    lines.sort(key=lambda line: (line.usage_key in usage, line.amount_cents < 0, -line.amount_cents))
    return [LineOfInvoice(line, usage.get(line.usage_key)) for line in lines]


def open_usage(until: datetime) -> OpenUsage | None:
    """Return what the open organisation used since its last billed period; `None` where it has no subscription."""
    last = BilledPeriod.objects.order_by("-number").first()
    first = InvoiceState.objects.exclude(subscription_id="").order_by("created_at").first()
    since = last.ends_at if last else first.created_at if first else None
    if since is None or (last and last.is_last):
        return None
    found = unbilled(since, until).aggregate(calls=Count("id"), nanos=Sum("nanos"))
    return OpenUsage(since, found["calls"], int(found["nanos"] or 0))


def charges_of(invoice: InvoiceState) -> QuerySet[ChargeState]:
    """Return the tries to be paid for an invoice, newest first."""
    rows: QuerySet[ChargeState] = ChargeState.objects.filter(invoice_id=invoice.stripe_id)
    return rows


def traced(decision_id: str) -> list[dict[str, Any]]:
    """Return the metered calls of a decision with the line and the invoice that each is on."""
    rows = BilledUsage.objects.filter(event__decision_id=decision_id).select_related("event", "line__period")
    found = []
    for row in rows:
        line = InvoiceLine.objects.filter(usage_key=row.line.usage_key).select_related("invoice").first()
        found.append({"event": row.event, "line": row.line, "invoice": line.invoice if line else None})
    return found
