"""A tenant's pages of invoices: their lines, the calls on a line, and what became of one decision."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone

from audit.models import Decision
from billing.invoicing.models import BilledUsage, UsageLine
from billing.invoicing.shown import charges_of, lines_of, open_usage, traced
from billing.ledger.models import UsageEvent
from billing.payments.hosted import at_stripe
from billing.payments.models import InvoiceLine, InvoiceState
from tenants.access import PageRequest, page
from tenants.paging import ordered_page
from tenants.permissions import Permission
from tenants.policy import allows


@page(Permission.BILLING_READ)
def invoices_list(request: PageRequest) -> HttpResponse:
    shown = ordered_page(request, InvoiceState.objects.all(), {"created_at": "created_at"}, "-created_at")
    context = {"invoices": shown.rows, "next_cursor": shown.next_cursor, "usage": open_usage(timezone.now())}
    return render(request, "invoicing/invoices_list.html", context)


@page(Permission.BILLING_READ)
def invoice_detail(request: PageRequest, invoice_id: UUID) -> HttpResponse:
    invoice = InvoiceState.objects.get(pk=invoice_id)
    charges = list(charges_of(invoice))
    context = {
        "invoice": invoice,
        "lines": lines_of(invoice),
        "charges": charges,
        "refunded": sum(charge.refunded_cents for charge in charges),
        "crumbs": _crumbs(),
    }
    return render(request, "invoicing/invoice_detail.html", context)


@page(Permission.BILLING_READ)
def invoice_hosted(request: PageRequest, invoice_id: UUID) -> HttpResponse:
    """Lead to the invoice's own page at Stripe, where it is paid and its receipt is."""
    return at_stripe(InvoiceState.objects.get(pk=invoice_id).hosted_url)


@page(Permission.BILLING_READ)
def usage_line(request: PageRequest, line_id: UUID) -> HttpResponse:
    line = UsageLine.objects.select_related("period").get(pk=line_id)
    rows = BilledUsage.objects.filter(line_id=line_id).select_related("event")
    shown = ordered_page(request, rows, {"at": "at"}, "-at")
    of_invoice = InvoiceLine.objects.filter(usage_key=line.usage_key).select_related("invoice").first()
    context = {
        "line": line,
        "calls": shown.rows,
        "next_cursor": shown.next_cursor,
        "invoice": of_invoice.invoice if of_invoice else None,
        "may_read_decisions": allows(request.principal, Permission.DECISIONS_READ),
        "crumbs": _crumbs(),
    }
    return render(request, "invoicing/usage_line.html", context)


@page(Permission.BILLING_READ)
def decision_billing(request: PageRequest, decision_id: str) -> HttpResponse:
    """Follow one decision from its metered calls to the lines of invoices; one that is nobody's here is not found."""
    calls = traced(decision_id)
    billed = [each["event"].pk for each in calls]
    waiting = UsageEvent.objects.filter(decision_id=decision_id).exclude(pk__in=billed)
    if not calls and not waiting and not Decision.objects.filter(pk=decision_id).exists():
        raise Http404
    context = {
        "decision_id": decision_id,
        "calls": calls,
        "waiting": waiting,
        "may_read_decisions": allows(request.principal, Permission.DECISIONS_READ),
        "crumbs": _crumbs(),
    }
    return render(request, "invoicing/decision_billing.html", context)


def _crumbs() -> list[dict[str, str]]:
    return [{"label": "Invoices", "url": reverse("invoices_list")}]


urlpatterns = [
    path("billing/invoices/", invoices_list, name="invoices_list"),
    path("billing/invoices/<uuid:invoice_id>/", invoice_detail, name="invoice_detail"),
    path("billing/invoices/<uuid:invoice_id>/at-stripe/", invoice_hosted, name="invoice_hosted"),
    path("billing/usage/<uuid:line_id>/", usage_line, name="usage_line"),
    path("billing/decisions/<str:decision_id>/", decision_billing, name="decision_billing"),
]
