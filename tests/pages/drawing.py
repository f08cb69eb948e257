"""Every app page with its sample context, drawn as its view would draw it."""

from collections.abc import Callable
from types import SimpleNamespace

from django.http import HttpRequest
from django.template.loader import render_to_string

from tests.pages import (
    assurance_samples,
    dispute_samples,
    evidence_samples,
    forms,
    inbox_samples,
    ledger_samples,
    money_samples,
    oauth_samples,
    policy_samples,
    recovery_samples,
    risk_samples,
    samples,
    service_samples,
    sso_samples,
    subscription_samples,
    webhook_samples,
)
from tests.pages.rows import ORGANIZATION
from tests.pages.samples import CRUMBS, Context


def shell(request: HttpRequest) -> Context:
    """Return what the signed-in frame shows."""
    items = [
        (
            "",
            [
                ("Home", "house", "/"),
                ("API keys", "key-round", "/keys/"),
                ("Playground", "square-terminal", "/playground/"),
            ],
        ),
        ("Records", [("Decisions", "scroll-text", "/decisions/"), ("Audit log", "list-checks", "/audit/")]),
        ("Organisation", [("Members", "users", "/members/"), ("Access", "user-check", "/access/")]),
        ("Help", [("API reference", "book-open", "/api/")]),
    ]
    nav = [
        {
            "label": label,
            "items": [
                {"label": name, "icon": icon, "url": url, "active": request.path == url} for name, icon, url in entries
            ],
        }
        for label, entries in items
    ]
    return {
        "nav": nav,
        "current_org": ORGANIZATION,
        "my_orgs": [ORGANIZATION, SimpleNamespace(name="Beta Health", slug="beta-health-9k2d")],
        "environment": request.GET.get("environment", "sandbox"),
        "switch_url": "/organizations/switch/",
        "create_org_url": "/organizations/new/",
        "search_url": "/decisions/",
        "user": SimpleNamespace(email="olga@acme.example", name="Olga Olsen", is_authenticated=True),
    }


PAGES: dict[str, Callable[[], Context]] = {
    "home.html": samples.home,
    "accounts/keys_list.html": samples.keys_list,
    "accounts/key_create.html": lambda: {"form": forms.KeyForm(), "crumbs": CRUMBS},
    "accounts/key_created.html": samples.key_created,
    "accounts/key_detail.html": samples.key_detail,
    "accounts/security.html": samples.security,
    "accounts/access.html": samples.access,
    "promptguard/playground.html": samples.playground,
    "promptguard/policy.html": policy_samples.policy,
    "promptguard/policy_kind.html": policy_samples.policy_kind,
    "promptguard/policy_terms.html": policy_samples.policy_terms,
    "promptguard/policy_version.html": policy_samples.policy_version,
    "tenants/suspended.html": policy_samples.suspended,
    "promptguard/decisions_list.html": samples.decisions_list,
    "promptguard/decision_detail.html": samples.decision_detail,
    "tenants/members_list.html": samples.members_list,
    "tenants/organization_create.html": lambda: {"form": forms.NameForm(), "my_orgs": []},
    "tenants/organization_switch.html": lambda: {"memberships": [SimpleNamespace(org=ORGANIZATION, role="owner")]},
    "tenants/invitation_accept.html": samples.invitation,
    "tenants/desk.html": dict,
    "audit/events_list.html": samples.events_list,
    "oauth/applications_list.html": oauth_samples.applications_list,
    "oauth/application_form.html": oauth_samples.application_change,
    "oauth/application_detail.html": oauth_samples.application_detail,
    "oauth/consent.html": oauth_samples.consent_page,
    "oauth/other_organization.html": oauth_samples.other_organization,
    "oauth/authorize_error.html": oauth_samples.authorize_error,
    "assurance/security_policy.html": assurance_samples.security_policy,
    "assurance/confirm.html": assurance_samples.confirm,
    "assurance/sign_in_again.html": assurance_samples.sign_in_again,
    "assurance/break_glass.html": assurance_samples.break_glass,
    "risk/alerts_list.html": risk_samples.alerts_list,
    "risk/alert_detail.html": risk_samples.alert_detail,
    "risk/hold.html": risk_samples.hold,
    "workloads/services_list.html": service_samples.services_list,
    "workloads/service_detail.html": service_samples.service_detail,
    "workloads/service_form.html": service_samples.service_form,
    "workloads/key_add.html": service_samples.key_add,
    "workloads/key_made.html": service_samples.key_made,
    "workloads/issuer_add.html": service_samples.issuer_add,
    "workloads/issuer_try.html": service_samples.issuer_try,
    **sso_samples.PAGES,
    **ledger_samples.PAGES,
    **evidence_samples.PAGES,
    **money_samples.PAGES,
    **inbox_samples.PAGES,
    **dispute_samples.PAGES,
    **subscription_samples.PAGES,
    **recovery_samples.PAGES,
    **webhook_samples.PAGES,
    "docs/api.html": samples.api_reference,
    "docs/problems.html": samples.problems,
    "cards/refused.html": lambda: {"field": "description"},
    "400.html": dict,
    "403.html": dict,
    "403_csrf.html": dict,
    "404.html": dict,
    "429.html": lambda: {"retry_after": 30},
}

EMPTY: dict[str, Callable[[], Context]] = {
    "assurance/security_policy.html": assurance_samples.security_policy_read,
    "assurance/confirm.html": assurance_samples.enrol,
    **sso_samples.EMPTY,
    **ledger_samples.EMPTY,
    **evidence_samples.EMPTY,
    **money_samples.EMPTY,
    **inbox_samples.EMPTY,
    **dispute_samples.EMPTY,
    **subscription_samples.EMPTY,
    **recovery_samples.EMPTY,
    **webhook_samples.EMPTY,
    "oauth/application_form.html": oauth_samples.application_form,
    "risk/alerts_list.html": risk_samples.nothing,
    "workloads/services_list.html": lambda: {"services": [], "may_change": True},
    "workloads/service_detail.html": service_samples.nothing_yet,
    "home.html": lambda: {**samples.home(), "recent": [], "expiring": [], "days": [], "steps": [], "todo": []},
    "accounts/keys_list.html": lambda: {"keys": [], "may_create": True},
    "promptguard/playground.html": lambda: {"form": forms.PlaygroundForm()},
    "promptguard/decisions_list.html": lambda: {"decisions": [], "form": forms.DecisionFilters()},
    "tenants/members_list.html": lambda: {"members": [], "invitations": []},
    "tenants/invitation_accept.html": dict,
    "audit/events_list.html": lambda: {"events": [], "form": forms.EventFilters()},
}
"""The same pages for an organisation in which nothing has happened."""


def page(request: HttpRequest, template: str, empty: bool = False) -> str:
    """Return a page drawn with its sample."""
    context = (EMPTY if empty else PAGES)[template]()
    frame = {"request": request, "csrf_token": "sample", **shell(request)}
    return render_to_string(template, frame | context)
