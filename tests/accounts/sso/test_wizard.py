"""The steps of an admin, with the provider itself: read its metadata, map groups, try it, enable it."""

import re

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.sso import oidc
from accounts.sso.models import Connection, Identity
from tenants.scope import org_scope
from tests.accounts.sso.connected import prove
from tests.accounts.sso.openid_peer import OpenIdPeer
from tests.accounts.sso.saml_peer import SamlPeer
from tests.people import Browser, Person

pytestmark = [pytest.mark.openid, pytest.mark.saml]


def drafted(owner: Person, browser: Browser, kind: str = "oidc") -> Connection:
    browser.post(reverse("sso_connection_new"), {"kind": kind, "name": "Acme IdP"})
    with org_scope(owner.organization.id):
        made: Connection = Connection.objects.get()
        return made


def again(owner: Person, connection: Connection) -> Connection:
    with org_scope(owner.organization.id):
        found: Connection = Connection.objects.get(id=connection.id)
        return found


def test_an_admin_connects_a_provider_alone(olga: Person, acme_idp: OpenIdPeer) -> None:
    prove(olga, "acme.example")
    browser = olga.browser()
    connection = drafted(olga, browser)
    client_id, secret = acme_idp.register(oidc.redirect_uri(connection))
    form = {"address": acme_idp.issuer, "client_id": client_id, "client_secret": secret, "scope": oidc.SCOPES}
    assert browser.post(reverse("sso_provider", args=[connection.id]), form).status_code == 302
    roles = {"groups_claim": "groups", "role_map": "engineers = developer", "default_role": ""}
    assert browser.post(reverse("sso_roles", args=[connection.id]), roles).status_code == 302
    assert secret not in again(olga, connection).secret

    acme_idp.asserts("u-new", email="new@acme.example", email_verified=True, name="New", groups=["engineers"])
    start = browser.get(reverse("sso_test_start", args=[connection.id]))
    back = acme_idp.sign_in(start.headers["Location"], "u-new").removeprefix("http://testserver")
    assert browser.get(back).headers["Location"] == reverse("sso_test", args=[connection.id])
    page = browser.get(reverse("sso_test", args=[connection.id])).content.decode()
    assert ">true</span>" in page  # as the token has it
    assert re.search(r">\d{10} \(20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\)</span>", page)
    assert "would get a new account" in page
    assert "u-new" in page
    assert not User.objects.filter(email="new@acme.example").exists()
    assert browser.session["_auth_user_id"] == str(olga.user.pk)
    with org_scope(olga.organization.id):
        assert not Identity.objects.exists()

    browser.post(reverse("sso_enable", args=[connection.id]))
    assert again(olga, connection).is_enabled


def test_a_connection_that_nobody_tried_is_not_enabled(olga: Person) -> None:
    browser = olga.browser()
    connection = drafted(olga, browser)
    browser.post(reverse("sso_enable", args=[connection.id]))
    assert again(olga, connection).state == "draft"


def test_a_preview_shows_the_role_and_saves_nothing(olga: Person) -> None:
    browser = olga.browser()
    connection = drafted(olga, browser)
    form = {"groups_claim": "groups", "role_map": "a = viewer\nb = developer", "preview": "a, b", "try": "1"}
    page = browser.post(reverse("sso_roles", args=[connection.id]), form)
    assert "Developer" in page.content.decode()
    assert again(olga, connection).role_map == []


@pytest.mark.parametrize("line", ["board = owner", "board = king", "board", "= admin"])
def test_a_rule_that_cannot_be_is_named(olga: Person, line: str) -> None:
    browser = olga.browser()
    connection = drafted(olga, browser)
    form = {"groups_claim": "groups", "role_map": f"a = viewer\n{line}"}
    page = browser.post(reverse("sso_roles", args=[connection.id]), form)
    assert page.status_code == 422
    assert "Line 2" in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com",
        "https://169.254.169.254/latest",
        "https://10.0.0.1",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://user:pw@example.com",
        "file:///etc/passwd",
        "https://localhost.localdomain.invalid",
    ],
)
@pytest.mark.parametrize("kind", ["oidc", "saml"])
def test_an_address_that_leads_inside_is_not_asked(olga: Person, kind: str, address: str) -> None:
    browser = olga.browser()
    connection = drafted(olga, browser, kind)
    form = {"address": address, "client_id": "x", "client_secret": "x", "scope": "openid"}
    assert browser.post(reverse("sso_provider", args=[connection.id]), form).status_code == 422
    assert again(olga, connection).pinned == {}


def test_saml_metadata_can_be_pasted_and_the_certificates_end_is_known(olga: Person, saml_idp: SamlPeer) -> None:
    browser = olga.browser()
    connection = drafted(olga, browser, "saml")
    browser.post(reverse("sso_provider", args=[connection.id]), {"document": saml_idp.metadata()})
    pinned = again(olga, connection)
    assert pinned.pinned["entity_id"] == saml_idp.entity_id
    assert pinned.certificate_ends_at is not None
    assert browser.get(reverse("sso_connection", args=[connection.id])).status_code == 200


def test_another_issuer_makes_the_former_subjects_strangers(
    olga: Person, acme_idp: OpenIdPeer, globex_idp: OpenIdPeer
) -> None:
    browser = olga.browser()
    connection = drafted(olga, browser)
    for peer in (acme_idp, globex_idp):
        form = {"address": peer.issuer, "client_id": "x", "client_secret": "x" * 9, "scope": oidc.SCOPES}
        browser.post(reverse("sso_provider", args=[connection.id]), form)
        if peer is acme_idp:
            with org_scope(olga.organization.id):
                Identity.objects.create(connection=connection, subject="1", user=olga.user)
    with org_scope(olga.organization.id):
        assert not Identity.objects.exists()


def test_a_connection_is_deleted_by_its_name_alone(olga: Person) -> None:
    browser = olga.browser()
    connection = drafted(olga, browser)
    browser.post(reverse("sso_delete", args=[connection.id]), {"confirm": "x"})
    assert again(olga, connection)
    browser.post(reverse("sso_delete", args=[connection.id]), {"confirm": "Acme IdP"})
    with org_scope(olga.organization.id):
        assert not Connection.objects.exists()
