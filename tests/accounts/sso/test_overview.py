"""SSO and domains: what an admin sees and does there."""

import pytest
from django.urls import reverse

from accounts.sso.models import Connection, Domain
from tenants.scope import org_scope
from tests.people import Person


def test_an_empty_page_says_what_to_do_next(olga: Person) -> None:
    page = olga.browser().get(reverse("sso"))
    assert page.status_code == 200
    assert "No identity provider yet" in page.content.decode()


def test_it_adds_a_domain_and_shows_the_record(olga: Person) -> None:
    browser = olga.browser()
    browser.post(reverse("sso_domain_add"), {"name": "Acme.example"})
    with org_scope(olga.organization.id):
        domain: Domain = Domain.objects.get()
    page = browser.get(reverse("sso")).content.decode()
    assert domain.name == "acme.example"
    assert f"tidegate-domain={domain.token}" in page
    assert "_tidegate.acme.example" in page


@pytest.mark.parametrize("name", ["", "localhost", "acme..example", "10.0.0.1", "-a.example", "a" * 300, "é\x00.com"])
def test_it_refuses_what_is_no_domain(olga: Person, name: str) -> None:
    olga.browser().post(reverse("sso_domain_add"), {"name": name})
    with org_scope(olga.organization.id):
        assert not Domain.objects.exists()


@pytest.mark.parametrize("kind", ["oidc", "saml"])
def test_a_connection_begins_as_a_draft_with_what_to_copy(olga: Person, kind: str) -> None:
    browser = olga.browser()
    browser.post(reverse("sso_connection_new"), {"kind": kind, "name": "Acme IdP"})
    with org_scope(olga.organization.id):
        connection: Connection = Connection.objects.get()
    assert connection.state == "draft"
    for step in ("sso_connection", "sso_provider", "sso_roles", "sso_test"):
        page = browser.get(reverse(step, args=[connection.id]))
        assert page.status_code == 200, step
    assert connection.provider_id in browser.get(reverse("sso_provider", args=[connection.id])).content.decode()
