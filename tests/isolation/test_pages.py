"""Every page, opened with the victim's ids in its address by the owner of another organisation (T01, T02, T18).

The pages are read from the URL patterns: one with an id that nobody says how to fill fails.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import ApiKey
from accounts.oauth.models import Application
from accounts.risk.models import Alert
from accounts.sso import models as sso
from accounts.workloads.models import ServiceIdentity, ServiceKey, TrustedIssuer
from audit.ids import new_decision_id
from audit.models import Decision
from billing.disputes.models import Debt, DisputeCase, FraudWarning, Proposal
from billing.invoicing.models import UsageLine
from billing.payments.models import InvoiceState
from promptguard import policies
from promptguard.models import GuardPolicy
from tenants.access import ACCESS
from tenants.credentials import credential_hash, new_token
from tenants.middleware import SESSION_KEY
from tenants.models import Invitation, Membership
from tenants.permissions import Permission
from tenants.scope import org_scope
from tenants.webhooks.models import Delivery, Endpoint
from tests.isolation import ledger_rows
from tests.isolation.catalogue import Connection
from tests.isolation.down import Walls
from tests.isolation.estate import Estate
from tests.isolation.fingerprint import fingerprint, masked, told

ANSWERED = ("get", "post")
OTHERS = ("head", "put", "patch", "delete", "options")
RANDOM = "00000000-0000-4000-8000-0123456789ab"


def _token(victim: Estate) -> str:
    """Return the token of an invitation that the victim sent to their own member."""
    token = new_token()
    with org_scope(victim.org_id):
        Invitation.objects.create(
            email=victim.member.user.email,
            role="viewer",
            hash=credential_hash(token),
            invited_by=victim.owner.user,
            expires_at=timezone.now() + timedelta(days=1),
        )
    return token


def _kind(victim: Estate) -> str:
    """Return the kind that the victim wrote; the version that holds it is put in force again if it no longer is."""
    row = victim.rows[GuardPolicy]
    with org_scope(victim.org_id):
        if not GuardPolicy.objects.filter(pk=row.pk, active=True).exists():
            policies.activate(victim.owner.may(Permission.POLICY_CHANGE), row.pk)
    return victim.canary.upper()


def _provider_id(victim: Estate) -> str:
    provider_id: str = victim.rows[sso.Connection].provider_id  # type: ignore[attr-defined]  # a row of that model
    return provider_id


def _session_of(victim: Estate) -> str:
    """Return the id of a session of the victim's, made for this; long, so that it stands nowhere else in a page."""
    values = {"user": victim.owner.user, "session_key": new_token()[:40], "ip": "127.0.0.1"}
    return str(UserSession.objects.create(pk=1_900_000_000 + secrets.randbelow(10**8), **values).pk)


FILL: dict[str, tuple[Callable[[Estate], str], Callable[[], str]]] = {
    "alert_id": (lambda victim: str(victim.rows[Alert].pk), lambda: RANDOM),
    "org_id": (lambda victim: str(victim.org_id), lambda: RANDOM),
    "debt_id": (lambda victim: str(victim.rows[Debt].pk), lambda: RANDOM),
    "case_id": (lambda victim: str(victim.rows[DisputeCase].pk), lambda: RANDOM),
    "proposal_id": (lambda victim: str(victim.rows[Proposal].pk), lambda: RANDOM),
    "warning_id": (lambda victim: str(victim.rows[FraudWarning].pk), lambda: RANDOM),
    "endpoint_id": (lambda victim: str(victim.rows[Endpoint].pk), lambda: RANDOM),
    "delivery_id": (lambda victim: str(victim.rows[Delivery].pk), lambda: RANDOM),
    "budget_id": (ledger_rows.open_budget, lambda: RANDOM),
    "invoice": (lambda victim: victim.rows[InvoiceState].stripe_id, lambda: "in_nobodys"),  # type: ignore[attr-defined]
    "invoice_id": (lambda victim: str(victim.rows[InvoiceState].pk), lambda: RANDOM),
    "line_id": (lambda victim: str(victim.rows[UsageLine].pk), lambda: RANDOM),
    "application_id": (lambda victim: str(victim.rows[Application].pk), lambda: RANDOM),
    "decision_id": (lambda victim: str(victim.rows[Decision].pk), new_decision_id),
    "key_id": (lambda victim: str(victim.rows[ApiKey].pk), lambda: RANDOM),
    "service_id": (lambda victim: str(victim.rows[ServiceIdentity].pk), lambda: RANDOM),
    "service_key_id": (lambda victim: str(victim.rows[ServiceKey].pk), lambda: RANDOM),
    "issuer_id": (lambda victim: str(victim.rows[TrustedIssuer].pk), lambda: RANDOM),
    "invitation_id": (lambda victim: str(victim.rows[Invitation].pk), lambda: RANDOM),
    "membership_id": (lambda victim: str(victim.rows[Membership].pk), lambda: RANDOM),
    "policy_id": (lambda victim: str(victim.rows[GuardPolicy].pk), lambda: RANDOM),
    "session_id": (lambda victim: _session_of(victim), lambda: "2147483647"),
    "domain_id": (lambda victim: str(victim.rows[sso.Domain].pk), lambda: RANDOM),
    "connection_id": (lambda victim: str(victim.rows[sso.Connection].pk), lambda: RANDOM),
    "answer_id": (lambda victim: str(victim.rows[sso.SamlAnswer].pk), lambda: RANDOM),
    "provider_id": (_provider_id, lambda: "org-00000000000040008000000000000000-0000000000000000"),
    "kind": (_kind, lambda: "NO_SUCH_KIND"),
    "token": (_token, new_token),
}
"""For each name in an address: the victim's value, and one that nobody has."""


def _patterns(entries: list[URLPattern | URLResolver], before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry


PAGES = [(route, page) for route, page in _patterns(get_resolver().url_patterns) if hasattr(page.callback, ACCESS)]
OPERATORS = [route for route, _ in _patterns(get_resolver().url_patterns) if route.startswith("/operator/")]
PLAIN = [(route, page) for route, page in PAGES if not page.pattern.converters]
WITH_IDS = [
    (route, page) for route, page in PAGES if page.pattern.converters and not route.startswith("/desk/")
]  # to members the desk is not there, whatever the ids (tests/permissions)
per_plain_page = pytest.mark.parametrize(("route", "page"), PLAIN, ids=[route for route, _ in PLAIN])
per_page_with_id = pytest.mark.parametrize(("route", "page"), WITH_IDS, ids=[route for route, _ in WITH_IDS])


def _address(route: str, page: URLPattern, values: dict[str, str]) -> str:
    for name, converter in page.pattern.converters.items():
        kind = {"StringConverter": "str", "UUIDConverter": "uuid", "IntConverter": "int", "PathConverter": "path"}
        route = route.replace(f"<{kind[type(converter).__name__]}:{name}>", values[name])
    assert "<" not in route
    return route


@pytest.fixture
def browser(attacker: Estate) -> Client:
    """The owner of another organisation: who, inside it, may do everything."""
    return attacker.owner.browser()


def test_t01_every_name_in_an_address_can_be_filled() -> None:
    names = {name for _, page in WITH_IDS for name in page.pattern.converters}
    assert names <= set(FILL), "say in FILL what the victim's value of a new name is"
    assert WITH_IDS


def _without(values: dict[str, str], text: str) -> str:
    for value in values.values():
        text = text.replace(value, "")
    return text


def _ask(browser: Client, method: str, address: str) -> HttpResponse:
    form = {"confirm": "x", "role": "viewer", "overlap": "0", "name": "x", "expected_action": "allow"}
    kwargs = {"data": form} if method == "post" else {}
    return getattr(browser, method)(address, **kwargs)  # type: ignore[no-any-return]  # looked up by name


@per_page_with_id
@pytest.mark.parametrize("method", ANSWERED)
def test_t01_t18_a_foreign_id_is_as_unknown_as_a_random_one(
    browser: Client, victim: Estate, walls: Walls, operator: Connection, route: str, page: URLPattern, method: str
) -> None:
    foreign_values = {name: FILL[name][0](victim) for name in page.pattern.converters}
    random_values = {name: FILL[name][1]() for name in page.pattern.converters}
    before = fingerprint(operator, victim.org_id)
    foreign = _ask(browser, method, _address(route, page, foreign_values))
    random = _ask(browser, method, _address(route, page, random_values))
    assert foreign.status_code == random.status_code
    assert foreign.status_code in {404, 405} or (method == "get" and route in MADE_OF_THE_ADDRESS)
    shown = _without(foreign_values, foreign.content.decode())
    assert masked(shown) == masked(_without(random_values, random.content.decode()))
    assert told(victim, shown) == []
    assert fingerprint(operator, victim.org_id) == before


MADE_OF_THE_ADDRESS = {"/sign-in/sso/<str:provider_id>/metadata"}
"""Answered alike for every id, somebody's or nobody's: nothing is looked up."""


def test_t01_other_methods_are_no_way_in(browser: Client, victim: Estate, operator: Connection) -> None:
    before = fingerprint(operator, victim.org_id)
    for route, page in WITH_IDS:
        if "token" in page.pattern.converters:
            continue
        address = _address(route, page, {name: FILL[name][0](victim) for name in page.pattern.converters})
        assert {_ask(browser, method, address).status_code for method in OTHERS} <= {404, 405}
    assert fingerprint(operator, victim.org_id) == before


@per_page_with_id
def test_t01_who_owns_the_id_is_answered(doomed: Estate, route: str, page: URLPattern) -> None:
    """Otherwise the 404 above would say nothing. The ways in of single sign-on refuse whoever is not on their way."""
    address = _address(route, page, {name: FILL[name][0](doomed) for name in page.pattern.converters})
    person = doomed.member if "token" in page.pattern.converters else doomed.owner
    answers = [_ask(person.browser(), method, address).status_code for method in ("get", "post")]
    on_the_way = route.startswith("/sign-in/sso/")
    assert any(200 <= status < 400 or status == 422 for status in answers) or on_the_way, answers


@per_plain_page
def test_t02_t13_a_page_tells_nothing_of_another_organisation_and_is_kept_by_nobody(
    browser: Client, victim: Estate, operator: Connection, route: str, page: URLPattern
) -> None:
    before = fingerprint(operator, victim.org_id)
    decision = victim.rows[Decision]
    query = {"org": str(victim.org_id), "org_id": str(victim.org_id), "q": victim.canary, "cursor": str(decision.pk)}
    plain, asked = browser.get(route), browser.get(route, query | {"org__id": str(victim.org_id), "page": "2"})
    for response in (plain, asked):
        assert response.status_code < 500 or route == "/readyz"
        body = b"".join(response) if response.streaming else response.content
        assert told(victim, _without(query, body.decode())) == []
        if isinstance(getattr(page.callback, ACCESS), Permission):
            assert "public" not in response.headers.get("Cache-Control", "")
            assert "ETag" not in response.headers
            assert response.status_code == 405 or "Cookie" in response.headers["Vary"]
    assert fingerprint(operator, victim.org_id) == before


@per_plain_page
def test_r03_a_form_cannot_name_the_organisation_it_writes_to(
    browser: Client, attacker: Estate, victim: Estate, operator: Connection, route: str, page: URLPattern
) -> None:
    before = fingerprint(operator, victim.org_id)
    org = victim.owner.organization
    named = {"org": org.slug, "org_id": str(org.id), "organization": str(org.id), "membership": "x", "status": "active"}
    told_them = {"name": "x" * 5, "email": "x@example.com", "role": "viewer", "scopes": "guard:check", "input": "Hi"}
    response = browser.post(route, named | told_them)
    assert response.status_code < 500 or route == "/readyz"
    assert fingerprint(operator, victim.org_id) == before
    assert told(victim, browser.get("/members/").content.decode()) == []


def test_t20_a_session_that_names_another_organisation_does_not_open_it(
    browser: Client, attacker: Estate, victim: Estate
) -> None:
    session = browser.session
    session[SESSION_KEY] = str(victim.org_id)
    session.save()
    page = browser.get("/members/").content.decode()
    assert attacker.canary in page
    assert told(victim, page) == []


@pytest.mark.parametrize("route", OPERATORS)
def test_r01_operators_pages_are_closed_to_an_owner(browser: Client, victim: Estate, route: str) -> None:
    values = {"object_id": str(victim.rows[ApiKey].pk), "content_type_id": "1", "url": "x", "app_label": "tenants"}
    for name, value in values.items():
        route = route.replace(f"<path:{name}>", value).replace(f"(?P<{name}>.*)", value)
    route = re.sub(r"\(\?P<app_label>[^)]*\)", "tenants", route).replace("^", "").replace("$", "")
    for response in (browser.get(route), browser.post(route, {"_selected_action": values["object_id"]})):
        assert response.status_code in {302, 403, 404}
        assert told(victim, _without(values, response.content.decode())) == []
        if response.status_code == 302:
            assert response.headers["Location"].startswith(("/operator/", "/accounts/", "/confirm/passkey"))
