"""The desk's pages on whether usage and invoices agree."""

from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from billing.invoicing.books import verify
from billing.invoicing.models import BilledPeriod, BilledUsage, UsageLine
from billing.invoicing.reconciling import reconciled
from billing.payments.models import InvoiceLine, InvoiceState
from tenants.desk import DeskRequest, across, desk, opened
from tenants.paging import ordered_page
from tenants.permissions import Permission
from tenants.scope import org_scope


class PeriodFilter(forms.Form):
    """A GET form over the periods of every organisation."""

    find = forms.CharField(label="Organisation", max_length=100, required=False)


@desk(Permission.PAYMENTS_READ)
def desk_reconciliation(request: DeskRequest) -> HttpResponse:
    form = PeriodFilter(request.GET)
    text = form.cleaned_data["find"].strip() if form.is_valid() else ""
    rows = across(BilledPeriod).select_related("org")
    rows = rows.filter(Q(org__slug__iexact=text) | Q(org__name__icontains=text)) if text else rows
    shown = ordered_page(request, rows, {"created_at": "created_at"}, "-created_at")
    found = reconciled(shown.rows)
    context = {
        "periods": found,
        "wrong": sum(1 for each in found if each.difference and not each.on_its_way),
        "next_cursor": shown.next_cursor,
        "form": form,
        "filtered": bool(text),
    }
    return render(request, "invoicing/reconciliation.html", context)


@desk(Permission.PAYMENTS_READ)
def desk_period(request: DeskRequest, org_id: UUID, period_id: UUID) -> HttpResponse:
    """Show one period down to its lines, compared now and all the way to its calls and decisions."""
    period = opened(request, across(BilledPeriod).select_related("org").get(org_id=org_id, pk=period_id))
    with org_scope(org_id):
        differences = list(verify(period))
    lines = list(across(UsageLine).filter(org_id=org_id, period_id=period_id).order_by("-cents", "model"))
    there = across(InvoiceLine).filter(org_id=org_id, usage_key__in=[line.usage_key for line in lines])
    on_invoice = {row.usage_key: row for row in there.select_related("invoice")}
    context = {
        "one": reconciled([period])[0],
        "lines": [{"line": line, "there": on_invoice.get(line.usage_key)} for line in lines],
        "differences": differences,
        "invoice": across(InvoiceState).filter(org_id=org_id, stripe_id=period.invoice_id or "none").first(),
        "crumbs": _crumbs(),
    }
    return render(request, "invoicing/period.html", context)


@desk(Permission.PAYMENTS_READ)
def desk_usage_line(request: DeskRequest, org_id: UUID, line_id: UUID) -> HttpResponse:
    line = opened(request, across(UsageLine).select_related("period", "org").get(org_id=org_id, pk=line_id))
    rows = across(BilledUsage).filter(org_id=org_id, line_id=line_id).select_related("event")
    shown = ordered_page(request, rows, {"at": "at"}, "-at")
    context = {"line": line, "calls": shown.rows, "next_cursor": shown.next_cursor, "crumbs": _crumbs()}
    return render(request, "invoicing/desk_line.html", context)


def _crumbs() -> list[dict[str, str]]:
    return [{"label": "Reconciliation", "url": reverse("desk_reconciliation")}]


urlpatterns = [
    path("desk/reconciliation/", desk_reconciliation, name="desk_reconciliation"),
    path("desk/reconciliation/<uuid:org_id>/<uuid:period_id>/", desk_period, name="desk_period"),
    path("desk/reconciliation/<uuid:org_id>/lines/<uuid:line_id>/", desk_usage_line, name="desk_usage_line"),
]
