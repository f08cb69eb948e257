"""The start page of an organisation."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone

from accounts.models import ApiKey
from audit import decisions
from audit.models import Decision
from billing.ledger.shown import binding, shown
from promptguard.todo import todo
from promptguard.usage import busiest_minute, usage_by_day
from tenants.access import PageRequest, page
from tenants.models import Membership
from tenants.permissions import Permission
from tenants.policy import allows

DAYS = 14
SHOWN, MOST_CAPS = 5, 8


@page(Permission.ORGANIZATION_READ)
def home(request: PageRequest) -> HttpResponse:
    days = usage_by_day(31)
    today = days[-1]
    context: dict[str, Any] = {
        "steps": _steps(request),
        "today": today.model_dump(),
        "days": [(day.day.strftime("%-d %b"), day.by_action()) for day in days[-DAYS:]],
        "recent": _blocked(request),
        "expiring": _expiring(),
        "caps": [shown(budget) for budget in binding(request.principal)[:MOST_CAPS]],
        "see_budgets": allows(request.principal, Permission.BUDGETS_READ),
        "limit": {"used": busiest_minute(), "of": request.organization.requests_per_minute},
        "todo": todo(request),
    }
    return render(request, "home.html", context)


def _blocked(request: PageRequest) -> list[decisions.Line]:
    if not allows(request.principal, Permission.DECISIONS_READ):
        return []
    return decisions.page(decisions.Filters(action="block"), size=SHOWN)[0]


def _expiring() -> list[ApiKey]:
    now = timezone.now()
    soon = ApiKey.objects.filter(revoked_at=None, expires_at__gt=now, expires_at__lt=now + ApiKey.EXPIRES_SOON)
    return list(soon.order_by("expires_at")[:SHOWN])


def _steps(request: PageRequest) -> list[dict[str, Any]]:
    """Return the first steps of a new organisation until all are done."""
    if not allows(request.principal, Permission.KEYS_CREATE):
        return []
    checked = Decision.objects.filter(permission=Permission.GUARD_CHECK.value)
    steps = [
        _step("Create an API key", "Your application calls the guard with it.", "key_create", ApiKey.objects.exists()),
        _step("Try a prompt", "See what is found, and why.", "playground", checked.exists()),
        _step(
            "Call the API",
            "Copy the curl line of your key; the decision appears here.",
            "keys_list",
            checked.filter(principal_kind="api_key").exists(),
        ),
        _step("Invite a colleague", "Give each the role they need.", "members_list", Membership.objects.count() > 1),
    ]
    return [] if all(step["done"] for step in steps) else steps


def _step(label: str, text: str, url_name: str, done: bool) -> dict[str, Any]:
    return {"label": label, "text": text, "url": reverse(url_name), "done": done}


urlpatterns = [path("", home, name="home")]
