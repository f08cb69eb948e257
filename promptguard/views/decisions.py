"""The pages of decisions."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from audit import decisions
from audit.models import Decision
from promptguard.explain import explain
from promptguard.forms import DecisionFilter, ReportForm
from promptguard.models import DecisionReport
from promptguard.reports import report, reporter_of
from tenants.access import PageRequest, page
from tenants.permissions import Permission
from tenants.policy import allows


@page(Permission.DECISIONS_READ)
def decisions_list(request: PageRequest) -> HttpResponse:
    form = DecisionFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    filters = decisions.Filters(
        action=wanted.get("action") or "",
        reason=wanted.get("reason") or "",
        permission="" if wanted.get("about") else Permission.GUARD_CHECK.value,
        principal=wanted.get("principal") or "",
        since=_start(wanted.get("since")),
        until=_start(wanted.get("until"), after=1),
    )
    cursor = request.GET.get("cursor", "")[:40]
    rows, following = decisions.page(filters, cursor) if form.is_valid() else ([], "")
    context = {"decisions": rows, "next_cursor": following, "form": form, "filtered": form.narrows()}
    return render(request, "promptguard/decisions_list.html", context, status=form.status)


@page(Permission.DECISIONS_READ)
def decision_detail(request: PageRequest, decision_id: str) -> HttpResponse:
    decision = decisions.find(decision_id)
    said = DecisionReport.objects.filter(decision_id=decision.id, reporter=reporter_of(request.principal)).first()
    context: dict[str, Any] = {
        "decision": decision,
        "explanation": explain(decision),
        "report": said,
        "may_see_cost": allows(request.principal, Permission.BILLING_READ),
        "crumbs": [{"label": "Decisions", "url": reverse("decisions_list")}],
    }
    if said is None and _may_report(request, decision):
        context["report_form"] = ReportForm()
    return render(request, "promptguard/decision_detail.html", context)


@page(Permission.DECISIONS_REPORT, "POST")
def decision_report(request: PageRequest, decision_id: str) -> HttpResponse:
    decision = decisions.find(decision_id)
    form = ReportForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        report(request.grant, decision, said["expected_action"], said["comment"])
        messages.success(request, "Thank you. The report is kept with the decision.")
    else:
        messages.error(request, "Say what the decision should have been.")
    return redirect("decision_detail", decision_id=decision.id)


def _may_report(request: PageRequest, decision: Decision) -> bool:
    is_content = decision.permission == Permission.GUARD_CHECK.value and decision.action != "deny"
    return is_content and allows(request.principal, Permission.DECISIONS_REPORT)


def _start(day: date | None, after: int = 0) -> datetime | None:
    return datetime.combine(day, time.min, UTC) + timedelta(days=after) if day else None


urlpatterns = [
    path("decisions/", decisions_list, name="decisions_list"),
    path("decisions/<str:decision_id>", decision_detail, name="decision_detail"),
    path("decisions/<str:decision_id>/report", decision_report, name="decision_report"),
]
