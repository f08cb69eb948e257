"""A thousand requests of several organisations through the same threads and connections (T15), and who is out (T20)."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from accounts.models import User
from audit.models import Decision
from tenants.middleware import SESSION_KEY
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.scope import current_scope, org_scope
from tenants.services import members
from tests.committed import new_member, new_owner
from tests.isolation.estate import Estate
from tests.isolation.fingerprint import told
from tests.people import Person, new_client

REQUESTS, THREADS, TENANTS = 1000, 8, 5


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation with what its answers must, and what they must not, hold."""

    person: Person
    key_id: str
    secret: str
    session: str


@pytest.fixture(scope="module")
def tenants(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> list[Tenant]:
    with django_db_blocker.unblock():
        made = []
        for _ in range(TENANTS):
            person = new_owner()
            key, secret = person.key(requests_per_minute=100_000)
            made.append(Tenant(person, str(key.id), secret, person.browser().cookies["session"].value))
        connections["default"].close()
    return made


def _api(tenant: Tenant) -> set[str]:
    """Return who made the decisions that the API shows."""
    answer = new_client(authorization=f"Bearer {tenant.secret}").get("/v1/decisions", {"limit": "3"})
    assert answer.status_code == 200
    return {row["principal"]["id"] for row in answer.json()["data"]}


def _page(tenant: Tenant) -> str:
    client = new_client()
    client.cookies["session"] = tenant.session
    return client.get("/members/").content.decode()


def test_t15_a_thousand_interleaved_requests_meet_only_their_own_organisation(
    committed: None, tenants: list[Tenant]
) -> None:
    order = random.Random(15)
    work = [(order.choice(tenants), order.random() < 0.05) for _ in range(REQUESTS)]

    def ask(item: tuple[Tenant, bool]) -> list[str]:
        """Ask as a worker does: its connection goes back to the pool, where another tenant's request finds it."""
        tenant, by_page = item
        strangers = [other for other in tenants if other is not tenant]
        assert current_scope().org_id is None
        try:
            if by_page:
                shown = _page(tenant)
                assert tenant.person.user.email in shown
                return [other.person.user.email for other in strangers if other.person.user.email in shown]
            return sorted(_api(tenant) - {tenant.key_id, str(tenant.person.user.pk)})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as threads:
        results = list(threads.map(ask, work))
    assert len(results) == REQUESTS
    assert [met for met in results if met] == []


def test_t15_every_decision_of_the_thousand_is_its_own_organisations(committed: None, tenants: list[Tenant]) -> None:
    for tenant in tenants:
        with org_scope(tenant.person.organization.id):
            keys = set(Decision.objects.filter(permission="decisions:read").values_list("principal_id", flat=True))
        assert len(keys) == 1


def _remove(owner: Person, member: Person) -> None:
    membership = Membership.objects.get(user=member.user)
    members.remove(owner.may(Permission.MEMBERS_REMOVE), membership.id)


def _deactivate(owner: Person, member: Person) -> None:
    User.objects.filter(pk=member.user.pk).update(is_active=False)


@pytest.mark.parametrize("change", [_remove, _deactivate], ids=["removed", "deactivated"])
def test_t20_who_is_out_is_out_with_the_next_click(committed: None, change: object) -> None:
    owner = new_owner()
    member = new_member(owner, Role.ADMIN)
    browser = member.browser()
    assert browser.get("/members/").status_code == 200
    with org_scope(owner.organization.id):
        change(owner, member)  # type: ignore[operator]  # a fixture or case of one of several kinds
    for method in (browser.get, browser.post):
        response = method("/members/")
        assert response.status_code in {302, 405}
        assert owner.user.email not in response.content.decode()
    assert browser.post("/members/invitations", {"email": "x@example.com", "role": "viewer"}).status_code == 302


def test_t20_a_person_moved_to_another_organisation_works_in_that_one_only(committed: None, victim: Estate) -> None:
    owner, elsewhere = new_owner(), new_owner()
    member = new_member(owner, Role.ADMIN)
    browser = member.browser()
    session = browser.session
    session[SESSION_KEY] = str(owner.organization.id)
    session.save()
    with org_scope(elsewhere.organization.id):
        Membership.objects.create(user=member.user, role="viewer")
    assert owner.organization.name in browser.get("/").content.decode()
    with org_scope(owner.organization.id):
        _remove(owner, member)
    page = browser.get("/").content.decode()
    assert elsewhere.organization.name in page
    assert owner.organization.name not in page
    assert browser.post("/members/invitations", {"email": "x@example.com", "role": "viewer"}).status_code == 403
    assert told(victim, page) == []


def test_t20_a_name_changed_elsewhere_shows_at_once(committed: None) -> None:
    owner = new_owner()
    browser = owner.browser()
    browser.get("/")
    with org_scope(owner.organization.id):
        Organization.objects.update(name="Renamed Elsewhere")
    assert "Renamed Elsewhere" in browser.get("/").content.decode()
