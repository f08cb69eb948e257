"""The desk's reports, on a page and as a file."""

import csv
import io
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from billing.reports.monthly import CURRENCY, THRESHOLDS, Month, months
from tenants.desk import DeskRequest, desk
from tenants.permissions import Permission

COLUMNS = (
    "revenue_cents",
    "paid",
    "failed",
    "recovered",
    "charges",
    "charged_cents",
    "disputed",
    "disputed_cents",
    "refunds",
    "refunded_cents",
)
"""All are whole numbers, so that nothing in the file is a formula to a spreadsheet."""


@desk(Permission.PAYMENTS_READ)
def desk_reports(request: DeskRequest) -> HttpResponse:
    return render(request, "reports/reports.html", report(months(timezone.now())))


@desk(Permission.PAYMENTS_READ)
def desk_reports_export(request: DeskRequest) -> HttpResponse:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["month", "currency", *COLUMNS])
    for month in months(timezone.now()):
        values = [int(getattr(month, column)) for column in COLUMNS]
        writer.writerow([f"{month.begins:%Y-%m}", CURRENCY, *values])
    disposition = 'attachment; filename="tidegate-months.csv"'
    return HttpResponse(file.getvalue(), "text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


def report(found: list[Month]) -> dict[str, Any]:
    """Return what the page shows of months, given oldest first."""
    return {
        "months": found[::-1],
        "now": found[-1],
        "currency": CURRENCY,
        "revenue": _points(found, lambda month: month.revenue_cents / 100),
        "failures": _points(found, lambda month: month.failed),
        "recovery": _points(found, lambda month: round((month.recovery_rate or 0) * 100, 1)),
        "by_count": _points(found, lambda month: round((month.dispute_rate or 0) * 100, 2)),
        "by_volume": _points(found, lambda month: round((month.dispute_volume or 0) * 100, 2)),
        "refunds": _points(found, lambda month: month.refunded_cents / 100),
        "marks": sorted({(each.percent, f"{each.percent} %") for each in THRESHOLDS}),
        "thresholds": THRESHOLDS,
    }


def _points(found: list[Month], value: Callable[[Month], float]) -> list[tuple[str, float]]:
    return [(f"{month.begins:%b %Y}", value(month)) for month in found]


urlpatterns = [
    path("desk/reports/", desk_reports, name="desk_reports"),
    path("desk/reports/export", desk_reports_export, name="desk_reports_export"),
]
