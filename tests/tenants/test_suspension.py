"""A suspended organisation: its people see that it is suspended and whom to ask, and nothing else of it works (T20)."""

import pytest
from django.urls import reverse

from accounts.models import ApiKey
from audit.models import AuditEvent
from tenants.guard import require
from tenants.models import Membership, Organization
from tenants.permissions import Permission
from tenants.principal import Duty, Level, Principal, PrincipalKind, Resource
from tenants.scope import org_scope
from tenants.services import organizations
from tests.people import Person
from tests.permissions.test_table import PAGES, _url


def _set(person: Person, status: Organization.Status) -> None:
    """Do what the operators' admin does."""
    organization = person.organization
    operator = Principal(
        PrincipalKind.OPERATOR, "op", None, "Opal Operator", level=Level.AAL3, duties=frozenset({Duty.OPERATIONS})
    )
    with org_scope(organization.id):
        resource = Resource("organization", organization.id, org_status=status.value)
        organizations.set_status(require(operator, Permission.TENANTS_SUSPEND, resource), status)


@pytest.fixture
def suspended(olga: Person) -> Person:
    _set(olga, Organization.Status.SUSPENDED)
    return olga


def test_t20_no_page_of_it_opens_to_anybody(suspended: Person, max_: Person) -> None:
    for person in (suspended, max_):
        client = person.browser()
        for name, (_, method) in PAGES.items():
            answer = client.generic(method, _url(name))
            assert answer.status_code == 403, name
            assert b"Acme Rockets is suspended" in answer.content, name


def test_t20_nothing_is_done_in_it(suspended: Person) -> None:
    form = {"name": "k", "environment": "test", "scopes": ["guard:check"], "requests_per_minute": "600"}
    suspended.browser().post(reverse("key_create"), form)
    suspended.browser().post(reverse("invitation_create"), {"email": "ina@guest.example", "role": "viewer"})
    with org_scope(suspended.organization.id):
        assert not ApiKey.objects.exists()
        assert not AuditEvent.objects.filter(event="tenants:invitation:sent").exists()


def test_a_member_is_told_which_owners_to_ask_and_an_owner_whom_to_write(suspended: Person, max_: Person) -> None:
    member, owner = (person.browser().get("/").content.decode() for person in (max_, suspended))
    assert "mailto:olga@acme.example" in member
    assert "mailto:support@testserver" in owner
    assert "just now" in owner


def test_its_people_go_on_in_their_other_organisation(suspended: Person, eve: Person) -> None:
    with org_scope(eve.organization.id):
        Membership.objects.create(user=suspended.user, role="viewer")
    client = suspended.browser()
    assert b"Open another organisation" in client.get("/").content
    client.post(reverse("organization_switch"), {"org": eve.organization.slug})
    assert client.get("/").status_code == 200


def test_ones_own_sign_in_stays_ones_own(suspended: Person) -> None:
    page = suspended.browser().get(reverse("security"))
    assert page.status_code == 200
    assert f'href="{reverse("keys_list")}"' not in page.content.decode()


def test_reinstated_it_is_as_it_was(suspended: Person) -> None:
    _set(suspended, Organization.Status.ACTIVE)
    assert suspended.browser().get("/").status_code == 200


def test_going_over_to_another_organisation_is_in_its_log(olga: Person, eve: Person) -> None:
    with org_scope(eve.organization.id):
        Membership.objects.create(user=olga.user, role="viewer")
    client = olga.browser()
    for _ in range(2):
        client.post(reverse("organization_switch"), {"org": eve.organization.slug})
    with org_scope(eve.organization.id):
        [event] = AuditEvent.objects.filter(event="tenants:organization:switched")
    assert event.actor_id == str(olga.user.pk)
    with org_scope(olga.organization.id):
        assert not AuditEvent.objects.filter(event="tenants:organization:switched").exists()
