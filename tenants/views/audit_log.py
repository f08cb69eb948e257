"""The audit log, on a page and as a file."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import path

from audit.models import AuditEvent
from tenants.access import PageRequest, page
from tenants.forms import EventFilter
from tenants.paging import ordered_page
from tenants.permissions import Permission

MOST_EXPORTED = 50_000
COLUMNS = ("created_at", "event", "actor_kind", "actor_id", "actor_label", "address", "target", "target_label")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@page(Permission.AUDIT_READ)
def events_list(request: PageRequest) -> HttpResponse:
    form = EventFilter(request.GET)
    shown = ordered_page(request, _filtered(form), {"created_at": "created_at"}, "-created_at")
    context = {
        "events": shown.rows,
        "next_cursor": shown.next_cursor,
        "form": form,
        "filtered": form.narrows(),
        "may_export": True,
    }
    return render(request, "audit/events_list.html", context, status=form.status)


@page(Permission.AUDIT_READ)
def events_export(request: PageRequest) -> HttpResponse:
    """Answer the newest `MOST_EXPORTED` events of the same filters, as CSV or as one JSON object a line."""
    form = EventFilter(request.GET)
    if not form.is_valid():
        return HttpResponseBadRequest(f"{form.errors.as_text()}\n", content_type="text/plain")
    rows = list(_filtered(form).order_by("-created_at", "-id")[:MOST_EXPORTED])
    kind = request.GET.get("format", "csv")
    if kind == "csv":
        body, media = _csv(rows), "text/csv; charset=utf-8"
    elif kind == "jsonl":
        body, media = _jsonl(rows), "application/x-ndjson"
    else:
        return HttpResponseBadRequest("format is csv or jsonl.", content_type="text/plain")
    name = f"audit-{request.organization.slug}.{kind}"
    return HttpResponse(body, media, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _filtered(form: EventFilter) -> QuerySet[AuditEvent]:
    rows: QuerySet[AuditEvent] = AuditEvent.objects.all()
    if not form.is_valid():
        return rows.none()
    wanted = form.cleaned_data
    if wanted["event"]:
        rows = rows.filter(event=wanted["event"])
    if wanted["actor"]:
        rows = rows.filter(actor_label__icontains=wanted["actor"])
    if wanted["since"]:
        rows = rows.filter(created_at__gte=datetime.combine(wanted["since"], time.min, UTC))
    if wanted["until"]:
        rows = rows.filter(created_at__lt=datetime.combine(wanted["until"], time.min, UTC) + timedelta(days=1))
    return rows


def _values(row: AuditEvent) -> Iterable[str]:
    for column in COLUMNS:
        value = getattr(row, column)
        yield value.isoformat() if isinstance(value, datetime) else str(value or "")


def _csv(rows: list[AuditEvent]) -> bytes:
    """Return the rows as CSV; a value that a spreadsheet would run as a formula gets an apostrophe in front."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*COLUMNS, "detail"])
    for row in rows:
        values = [*_values(row), orjson.dumps(row.detail).decode()]
        writer.writerow([f"'{value}" if value.startswith(_FORMULA) else value for value in values])
    return file.getvalue().encode()


def _jsonl(rows: list[AuditEvent]) -> bytes:
    return b"".join(
        orjson.dumps(dict(zip(COLUMNS, _values(row), strict=True)) | {"detail": row.detail}) + b"\n" for row in rows
    )


urlpatterns = [
    path("audit/", events_list, name="events_list"),
    path("audit/export", events_export, name="events_export"),
]
