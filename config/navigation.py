"""What every page's frame shows: the areas this person may open, their organisations, where they are."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from tenants.access import principal_of
from tenants.models import Organization
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class Place:
    """One link of the left rail; `permission` absent means every member may open it."""

    label: str
    url_name: str
    icon: str
    permission: Permission


RAIL: tuple[tuple[str, tuple[Place, ...]], ...] = (
    ("", (Place("Home", "home", "house", Permission.ORGANIZATION_READ),)),
    (
        "Guard",
        (
            Place("Playground", "playground", "square-terminal", Permission.GUARD_TRY),
            Place("Decisions", "decisions_list", "scroll-text", Permission.DECISIONS_READ),
            Place("Guard policy", "policy", "sliders-horizontal", Permission.POLICY_READ),
            Place("API keys", "keys_list", "key-round", Permission.KEYS_READ),
            Place("API reference", "api_docs", "book-open", Permission.ORGANIZATION_READ),
        ),
    ),
    (
        "Organisation",
        (
            Place("Members", "members_list", "users", Permission.MEMBERS_READ),
            Place("Alerts", "alerts_list", "shield-alert", Permission.ALERTS_READ),
            Place("Security policy", "security_policy", "shield-check", Permission.SECURITY_READ),
            Place("Service identities", "services_list", "bot", Permission.SERVICES_READ),
            Place("Applications", "applications_list", "blocks", Permission.APPS_READ),
            Place("Webhooks", "webhooks_list", "webhook", Permission.WEBHOOKS_READ),
            Place("SSO and domains", "sso", "globe-lock", Permission.SSO_READ),
            Place("Audit log", "events_list", "list-checks", Permission.AUDIT_READ),
        ),
    ),
    (
        "Money",
        (
            Place("Plan", "plan", "credit-card", Permission.BILLING_READ),
            Place("Budgets", "budgets_list", "wallet", Permission.BUDGETS_READ),
            Place("Prices", "prices_list", "tag", Permission.BUDGETS_READ),
            Place("Invoices", "invoices_list", "receipt-text", Permission.BILLING_READ),
        ),
    ),
    (
        "You",
        (
            Place("Security", "security", "shield-check", Permission.ORGANIZATION_READ),
            Place("Access", "access", "circle-question-mark", Permission.ORGANIZATION_READ),
        ),
    ),
)


DESK: tuple[Place, ...] = (
    Place("Desk", "desk", "layout-dashboard", Permission.PAYMENTS_READ),
    Place("Charges", "desk_charges", "credit-card", Permission.PAYMENTS_READ),
    Place("Refunds", "desk_refunds", "undo-2", Permission.PAYMENTS_READ),
    Place("Reconciliation", "desk_reconciliation", "scale", Permission.PAYMENTS_READ),
    Place("Reports", "desk_reports", "chart-column", Permission.PAYMENTS_READ),
    Place("Disputes", "desk_disputes", "gavel", Permission.DISPUTES_READ),
    Place("Fraud warnings", "desk_warnings", "siren", Permission.DISPUTES_READ),
    Place("Webhook inbox", "desk_webhooks", "inbox", Permission.PAYMENTS_READ),
    Place("Failed payments", "desk_recovery", "refresh-cw", Permission.PAYMENTS_READ),
)
"""The rail of the company's own finance staff."""


OF_MONEY = ("/desk/", "/plan/", "/billing/")
"""Where pages speak of payments: there the demonstration says that its Stripe is simulated."""


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the context of ``layouts/app.html``; nothing for people who are not signed in."""
    membership = getattr(request, "membership", None)
    mine = [each.org for each in getattr(request, "memberships", [])]
    links = {
        "home_url": reverse("home"),
        "create_org_url": reverse("organization_create"),
        "my_orgs": mine,
        "request_id": request.META.get("tidegate.request_id", ""),
    }
    staff = getattr(request, "staff", None)
    if settings.TIDEGATE_ENVIRONMENT == "demo" and request.path.startswith(OF_MONEY):
        links["simulated_stripe"] = settings.STRIPE_SANDBOX_URL
    if staff is not None:
        areas = [_item(request, place) for place in DESK if allows(staff, place.permission)]
        return {**links, "my_orgs": [], "home_url": reverse("desk"), "nav": [{"label": "Desk", "items": areas}]}
    if membership is None:
        return links
    principal = getattr(request, "principal", None) or principal_of(request)  # type: ignore[arg-type]
    sections = []
    for label, places in RAIL:
        items = [_item(request, place) for place in places if _opens(membership.org, principal, place)]
        if items:
            sections.append({"label": label, "items": items})
    return {
        **links,
        "nav": sections,
        "current_org": membership.org,
        "environment": membership.org.environment,
        "closed_by": membership.org.standing if membership.org.standing != "active" else "",
        "switch_url": reverse("organization_switch"),
    }


def _opens(organization: Organization, principal: Principal, place: Place) -> bool:
    """Tell whether a place opens to this person; of a suspended organisation none does."""
    return organization.status == Organization.Status.ACTIVE and allows(principal, place.permission)


def _item(request: HttpRequest, place: Place) -> dict[str, Any]:
    url = reverse(place.url_name)
    active = request.path == url or (url not in {"/", reverse("desk")} and request.path.startswith(url))
    return {"label": place.label, "url": url, "icon": place.icon, "active": active}
