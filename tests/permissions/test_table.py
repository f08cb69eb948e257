"""Route × role × signed out, from one table. A page or operation that is missing from it fails."""

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from promptguard.api import middleware  # noqa: F401 (its import declares the operations)
from promptguard.api.operations import OPERATIONS, Callers, Operation
from tenants.access import ACCESS
from tenants.permissions import KEY_SCOPES, Permission, Role
from tests.api.conftest import Application
from tests.people import Person, Staff, join, new_person, signed_in

EVERYONE = frozenset(Role)
MAKERS = frozenset({Role.OWNER, Role.ADMIN, Role.DEVELOPER})
CHECKERS = MAKERS | {Role.SECURITY}
READERS = CHECKERS | {Role.ANALYST}
MANAGERS = frozenset({Role.OWNER, Role.ADMIN})
TREASURERS = MANAGERS | {Role.FINANCE}
AUDITORS = MANAGERS | {Role.SECURITY}
BUYERS = frozenset({Role.OWNER, Role.FINANCE})

# page → (roles it opens to, methods it is tried with); ids in the address are made up, so a yes may be a 404.
PAGES: dict[str, tuple[frozenset[Role], str]] = {
    "home": (EVERYONE, "GET"),
    "keys_list": (CHECKERS, "GET"),
    "key_create": (MAKERS, "GET"),
    "key_detail": (CHECKERS, "GET"),
    "key_rotate": (MAKERS, "POST"),
    "key_revoke": (CHECKERS, "POST"),
    "access": (EVERYONE, "GET"),
    "frozen": (EVERYONE, "GET"),
    "debt_pay": (TREASURERS, "GET"),
    "applications_list": (MANAGERS, "GET"),
    "application_register": (MANAGERS, "GET"),
    "application_detail": (MANAGERS, "GET"),
    "application_change": (MANAGERS, "GET"),
    "application_revoke": (MANAGERS, "POST"),
    "access_withdraw": (EVERYONE, "POST"),
    "oauth_authorize": (EVERYONE, "GET"),
    "playground": (CHECKERS, "GET"),
    "decisions_list": (READERS, "GET"),
    "decision_detail": (READERS, "GET"),
    "decision_report": (CHECKERS, "POST"),
    "policy": (READERS, "GET"),
    "policy_change": (AUDITORS, "POST"),
    "policy_kind_new": (AUDITORS, "GET"),
    "policy_kind": (AUDITORS, "GET"),
    "policy_kind_remove": (AUDITORS, "POST"),
    "policy_terms": (AUDITORS, "GET"),
    "policy_version": (READERS, "GET"),
    "policy_activate": (AUDITORS, "POST"),
    "members_list": (EVERYONE - {Role.VIEWER}, "GET"),
    "invitation_create": (MANAGERS, "POST"),
    "invitation_withdraw": (MANAGERS, "POST"),
    "member_role": (MANAGERS, "POST"),
    "member_remove": (MANAGERS, "POST"),
    "security_policy": (AUDITORS, "GET"),
    "security_policy_change": (MANAGERS, "POST"),
    "security_policy_remind": (AUDITORS, "POST"),
    "factors_reset": (AUDITORS, "POST"),
    "services_list": (CHECKERS, "GET"),
    "service_create": (MANAGERS, "GET"),
    "service_detail": (CHECKERS, "GET"),
    "service_change": (MANAGERS, "GET"),
    "service_owner": (MANAGERS, "POST"),
    "service_disable": (MANAGERS, "POST"),
    "service_enable": (MANAGERS, "POST"),
    "service_key_add": (MANAGERS, "GET"),
    "service_key_revoke": (MANAGERS, "POST"),
    "issuer_add": (MANAGERS, "GET"),
    "issuer_try": (MANAGERS, "GET"),
    "issuer_revoke": (MANAGERS, "POST"),
    "plan": (TREASURERS, "GET"),
    "plan_choose": (BUYERS, "GET"),
    **{f"plan_{act}": (BUYERS, "POST") for act in ("verify", "give_up", "portal", "cancel", "resume", "keep")},
    "checkout_done": (TREASURERS, "GET"),
    "checkout_cancelled": (TREASURERS, "GET"),
    "webhooks_list": (MANAGERS, "GET"),
    "webhook_create": (MANAGERS, "GET"),
    "webhook_detail": (MANAGERS, "GET"),
    "webhook_change": (MANAGERS, "GET"),
    "webhook_roll": (MANAGERS, "POST"),
    "webhook_disable": (MANAGERS, "POST"),
    "webhook_enable": (MANAGERS, "POST"),
    "webhook_delete": (MANAGERS, "POST"),
    "webhook_test": (MANAGERS, "POST"),
    "webhook_delivery": (MANAGERS, "GET"),
    "webhook_replay": (MANAGERS, "POST"),
    "budgets_list": (TREASURERS, "GET"),
    "budget_create": (TREASURERS, "GET"),
    "budget_detail": (TREASURERS, "GET"),
    "budget_change": (TREASURERS, "GET"),
    "budget_raise": (TREASURERS, "GET"),
    "rates_change": (TREASURERS, "GET"),
    "budget_close": (TREASURERS, "POST"),
    "prices_list": (TREASURERS, "GET"),
    "price_add": (TREASURERS, "GET"),
    "invoices_list": (TREASURERS, "GET"),
    "invoice_detail": (TREASURERS, "GET"),
    "invoice_hosted": (TREASURERS, "GET"),
    "usage_line": (TREASURERS, "GET"),
    "decision_billing": (TREASURERS, "GET"),
    "payment": (TREASURERS, "GET"),
    "payment_at_stripe": (TREASURERS, "GET"),
    "events_list": (AUDITORS, "GET"),
    "events_export": (AUDITORS, "GET"),
    "alerts_list": (AUDITORS, "GET"),
    "alert_detail": (AUDITORS, "GET"),
    "alert_decide": (AUDITORS, "POST"),
    "alert_settings": (AUDITORS, "POST"),
    "sso": (AUDITORS, "GET"),
    "sso_domain_add": (MANAGERS, "POST"),
    "sso_domain_check": (MANAGERS, "POST"),
    "sso_domain_remove": (MANAGERS, "POST"),
    "sso_connection_new": (MANAGERS, "GET"),
    "sso_connection": (AUDITORS, "GET"),
    "sso_provider": (MANAGERS, "GET"),
    "sso_roles": (MANAGERS, "GET"),
    "sso_test": (AUDITORS, "GET"),
    "sso_test_start": (MANAGERS, "GET"),
    "sso_enable": (MANAGERS, "POST"),
    "sso_disable": (MANAGERS, "POST"),
    "sso_enforce": (MANAGERS, "POST"),
    "sso_relax": (MANAGERS, "POST"),
    "sso_delete": (MANAGERS, "POST"),
}
DESK = {
    "desk": "GET",
    "evidence_request": "GET",
    "evidence_pack": "GET",
    "evidence_progress": "GET",
    "evidence_file": "GET",
    "evidence_archive": "GET",
    "evidence_approve": "GET",
    "evidence_stage": "POST",
    "evidence_submit": "POST",
    "evidence_void": "POST",
    "evidence_verifier": "GET",
    "desk_charges": "GET",
    "desk_charge": "GET",
    "desk_refund_new": "GET",
    "desk_refunds": "GET",
    "desk_refund": "GET",
    "desk_refund_approve": "POST",
    "desk_refund_reject": "POST",
    "desk_refund_withdraw": "POST",
    "desk_reconciliation": "GET",
    "desk_period": "GET",
    "desk_usage_line": "GET",
    "desk_reports": "GET",
    "desk_reports_export": "GET",
    "desk_disputes": "GET",
    "desk_dispute": "GET",
    "dispute_propose": "POST",
    "proposal_decide": "POST",
    "proposal_withdraw": "POST",
    "desk_warnings": "GET",
    "warning_keep": "POST",
    "desk_webhooks": "GET",
    "desk_webhook_replay": "POST",
    "desk_recovery": "GET",
    "desk_recovery_case": "GET",
    "desk_recovery_try": "POST",
    "desk_recovery_stop": "POST",
}
"""Pages of the company's own finance staff, with the method they are tried with."""
NO_ROLE_NEEDED = {
    "legal_terms",
    "legal_cancellation",
    "legal_refunds",
    "sso_discover",
    "sso_entry",
    "sso_start",
    "sso_link",
    "sso_link_confirm",
    "sso_callback",
    "sso_acs",
    "sso_finish",
    "sso_metadata",
    "risk_hold",
    "security",
    "session_end",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "passkey_confirm",
    "sign_in_again",
    "after_enrolment",
    "break_glass",
    "organization_create",
    "organization_switch",
    "invitation_accept",
    "openapi",
    "evidence_keys",
    "api_docs",
    "docs",
    "problems",
    "favicon",
    "jwks",
    "oauth_metadata",
    "openid_configuration",
    "protected_resource",
    "oauth_token",
    "oauth_revoke",
    "oauth_introspect",
    "healthz",
    "stripe_webhook",
    "readyz",
    "metrics",
}
OF_SERVICES = [operation for operation in OPERATIONS if operation.callers is not Callers.PEOPLE]
SCOPES = {
    "guard": Permission.GUARD_CHECK,
    "moderations": Permission.GUARD_CHECK,
    "models": Permission.MODELS_READ,
    "me": Permission.ME_READ,
    "usage": Permission.USAGE_READ,
    "list_decisions": Permission.DECISIONS_READ,
    "get_decision": Permission.DECISIONS_READ,
    "explain_decision": Permission.DECISIONS_READ,
    "report_decision": Permission.DECISIONS_REPORT,
    "settle_reservation": Permission.RESERVATIONS_SETTLE,
    "top_up_reservation": Permission.RESERVATIONS_SETTLE,
    "release_reservation": Permission.RESERVATIONS_SETTLE,
}
BODIES: dict[str, dict[str, object]] = {
    "guard": {"input": "x"},
    "moderations": {"input": "x"},
    "report": {"expected_action": "allow"},
    "settle": {"tokens_in": 1, "tokens_out": 1},
    "top_up": {"tokens_out": 1},
}
"""What an operation is sent, by the end of its path; the others take nothing."""
_MADE_UP = {
    "case_id": "00000000-0000-4000-8000-000000000000",
    "invoice": "in_nobodys",
    "org_id": "00000000-0000-4000-8000-000000000000",
    "invoice_id": "00000000-0000-4000-8000-000000000000",
    "line_id": "00000000-0000-4000-8000-000000000000",
    "period_id": "00000000-0000-4000-8000-000000000000",
    "pack_id": "00000000-0000-4000-8000-000000000000",
    "field": "receipt",
    "charge_id": "00000000-0000-4000-8000-000000000000",
    "row_id": "00000000-0000-4000-8000-000000000000",
    "refund_id": "00000000-0000-4000-8000-000000000000",
    "alert_id": "00000000-0000-4000-8000-000000000000",
    "debt_id": "00000000-0000-4000-8000-000000000000",
    "proposal_id": "00000000-0000-4000-8000-000000000000",
    "warning_id": "00000000-0000-4000-8000-000000000000",
    "endpoint_id": "00000000-0000-4000-8000-000000000000",
    "delivery_id": "00000000-0000-4000-8000-000000000000",
    "budget_id": "00000000-0000-4000-8000-000000000000",
    "application_id": "00000000-0000-4000-8000-000000000000",
    "key_id": "00000000-0000-4000-8000-000000000000",
    "connection_id": "00000000-0000-4000-8000-000000000000",
    "domain_id": "00000000-0000-4000-8000-000000000000",
    "service_id": "00000000-0000-4000-8000-000000000000",
    "service_key_id": "00000000-0000-4000-8000-000000000000",
    "issuer_id": "00000000-0000-4000-8000-000000000000",
    "invitation_id": "00000000-0000-4000-8000-000000000000",
    "membership_id": "00000000-0000-4000-8000-000000000000",
    "policy_id": "00000000-0000-4000-8000-000000000000",
    "kind": "NO_SUCH_KIND",
    "decision_id": "dec_01M84K73D2F3Q2BWJWAKYXYT7J",
}


def _ours() -> dict[str, URLPattern]:
    """Return our own pages by name: those that declare who may open them, Django admin's apart."""
    found: dict[str, URLPattern] = {}
    for resolver in get_resolver().url_patterns:
        for entry in getattr(resolver, "url_patterns", [resolver]):
            if isinstance(entry, URLPattern) and hasattr(entry.callback, ACCESS) and entry.name != "login":
                found[str(entry.name)] = entry
    return found


def _url(name: str) -> str:
    pattern = _ours()[name].pattern
    return reverse(name, kwargs={key: _MADE_UP[key] for key in pattern.converters})


def test_every_page_is_in_the_table() -> None:
    assert set(_ours()) == set(PAGES) | set(DESK) | NO_ROLE_NEEDED


def test_every_operation_is_in_the_table() -> None:
    assert {operation.handler.__name__: operation.permission for operation in OPERATIONS} == SCOPES


@pytest.mark.parametrize("role", list(Role))
def test_r01_a_page_opens_to_exactly_the_roles_of_the_table(olga: Person, role: Role) -> None:
    person = olga if role is Role.OWNER else join(olga.organization, "p@acme.example", "Pat", role)
    client = person.browser()
    answers = {name: client.generic(method, _url(name)).status_code for name, (_, method) in PAGES.items()}
    opened = {name for name, status in answers.items() if status != 403}
    assert opened == {name for name, (roles, _) in PAGES.items() if role in roles}
    assert all(answers[name] in {200, 302, 400, 404, 422} for name in opened)


@pytest.mark.parametrize("role", list(Role))
def test_the_desk_is_not_there_for_members_of_any_role(olga: Person, role: Role) -> None:
    person = olga if role is Role.OWNER else join(olga.organization, "p@acme.example", "Pat", role)
    client = person.browser()
    assert {name: client.generic(method, _url(name)).status_code for name, method in DESK.items()} == dict.fromkeys(
        DESK, 404
    )


def test_the_desk_asks_its_staff_for_a_passkey(finance: Staff) -> None:
    client = signed_in(finance.user)
    for name, method in DESK.items():
        response = client.generic(method, _url(name))
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("passkey_confirm"))


@pytest.mark.django_db(databases=["default", "operator"])
def test_the_desk_opens_to_its_staff(finance: Staff) -> None:
    client = finance.browser()
    for name, method in DESK.items():
        assert client.generic(method, _url(name)).status_code in {200, 302, 400, 404, 422}, name


@pytest.mark.parametrize("name", sorted(PAGES | DESK))
def test_nobody_opens_a_page_without_signing_in(db: None, name: str) -> None:
    response = Client().generic((PAGES.get(name) or ("", DESK.get(name, "")))[1], _url(name))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


def test_somebody_without_an_organisation_is_asked_to_make_one(db: None) -> None:
    client = signed_in(new_person("new@nowhere.example", "New"))
    for name, (_, method) in PAGES.items():
        assert client.generic(method, _url(name)).headers["Location"] == reverse("organization_create")


@pytest.mark.parametrize("operation", OF_SERVICES, ids=lambda operation: str(operation.handler.__name__))
def test_r01_an_operation_takes_its_own_scope_and_no_other(olga: Person, operation: Operation) -> None:
    method, path = operation.method, operation.path.replace("{id}", _MADE_UP["decision_id"])
    body = next((body for end, body in BODIES.items() if path.endswith(end)), {})
    others = [scope for scope in KEY_SCOPES if scope is not operation.permission]
    with_it = Application(*olga.key(operation.permission))
    without = Application(*olga.key(*others))
    keyed = {"idempotency-key": "k"} if operation.keyed else {}
    statuses = [
        (app.post(path, body, **keyed) if method == "POST" else app.get(path)).status_code for app in (with_it, without)
    ]
    assert statuses[0] in {200, 404}
    assert statuses[1] == 403
