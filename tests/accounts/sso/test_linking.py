"""People bind their own account, and nobody else's browser can be made to bind it for them."""

import re
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.sso.models import Connection, Identity
from audit.events import Event
from audit.models import AuditEvent, OutboxMessage
from tenants.scope import org_scope
from tests.accounts.sso.connected import come_in, connect, connect_saml, delivered, prove
from tests.accounts.sso.openid_peer import OpenIdPeer
from tests.accounts.sso.saml_peer import SamlPeer
from tests.people import Browser, Person, new_client, passkey_of, signed_in

pytestmark = pytest.mark.openid


@pytest.fixture
def connection(olga: Person, max_: Person, acme_idp: OpenIdPeer) -> Connection:
    """Acme's provider, which knows Max under an address that is not his here."""
    prove(olga, "acme.example")
    acme_idp.asserts("u-max", email="m.member@elsewhere.example", name="Max Member", groups=["engineers"])
    return connect(olga, acme_idp)


def link(connection: Connection) -> str:
    return reverse("sso_link", args=[connection.provider_id])


def confirm(connection: Connection) -> str:
    return reverse("sso_link_confirm", args=[connection.provider_id])


def answered(browser: Client, connection: Connection, peer: OpenIdPeer, subject: str) -> HttpResponse:
    """Begin to bind, sign in at the provider as `subject`, and return what comes of the way back."""
    start = browser.post(link(connection))
    assert start.status_code == 302, start.content.decode()[:2000]
    back = urlsplit(peer.sign_in(start.headers["Location"], subject))
    return browser.get(f"{back.path}?{back.query}")  # type: ignore[return-value]  # Django's client adds to it


def bound(owner: Person) -> dict[str, str]:
    """Return whose account each subject of the organisation opens."""
    with org_scope(owner.organization.id):
        return {each.subject: each.user.email for each in Identity.objects.select_related("user")}


def test_a_member_binds_their_account_from_their_own_page_and_comes_in_by_it(
    olga: Person, max_: Person, connection: Connection, acme_idp: OpenIdPeer
) -> None:
    browser = max_.browser()
    assert link(connection) in browser.get("/security/").content.decode()
    assert "Bind your account" in browser.get(link(connection)).content.decode()
    back = answered(browser, connection, acme_idp, "u-max")
    assert back.headers["Location"] == confirm(connection)
    page = browser.get(confirm(connection)).content.decode()
    assert all(said in page for said in ("u-max", "m.member@elsewhere.example", "max@acme.example"))
    assert bound(olga) == {}
    assert browser.post(confirm(connection)).headers["Location"] == "/security/"
    assert bound(olga) == {"u-max": "max@acme.example"}
    assert "u-max" in browser.get("/security/").content.decode()
    with org_scope(olga.organization.id):
        assert AuditEvent.objects.get(event=Event.SSO_LINKED.value).target == str(max_.user.pk)
        assert OutboxMessage.objects.filter(topic="accounts.notice").exists()
    passkeyless = new_client()
    assert come_in(passkeyless, connection, acme_idp, "u-max").status_code == 302


def test_who_has_not_just_proved_themselves_is_asked_to(max_: Person, connection: Connection) -> None:
    browser = Browser()
    browser.force_login(max_.user, "allauth.account.auth_backends.AuthenticationBackend")
    for answer in (browser.get(link(connection)), browser.post(link(connection))):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    browser.prove(max_.user, passkey_of(max_.user), ago=301)
    for answer in (browser.get(link(connection)), browser.post(link(connection))):
        assert reverse("mfa_reauthenticate_webauthn") in answer.headers["Location"]


def test_nothing_is_begun_or_bound_without_the_form_of_our_own_page(
    olga: Person, max_: Person, connection: Connection, acme_idp: OpenIdPeer
) -> None:
    """An attacker's page can send a browser here with GET, and post without knowing the token: neither binds."""
    strict = max_.browser(enforce_csrf_checks=True)
    assert strict.post(link(connection)).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', strict.get(link(connection)).content.decode())
    assert token is not None
    start = strict.post(link(connection), {"csrfmiddlewaretoken": token[1]})
    back = urlsplit(acme_idp.sign_in(start.headers["Location"], "u-max"))
    strict.get(f"{back.path}?{back.query}")
    assert strict.post(confirm(connection)).status_code == 403
    strict.get(confirm(connection))
    assert bound(olga) == {}


def test_an_attackers_answer_is_not_believed_in_the_victims_browser(
    olga: Person, max_: Person, connection: Connection, acme_idp: OpenIdPeer
) -> None:
    """The attacker, a colleague, begins to bind, and has the victim open the way back with their own code."""
    acme_idp.asserts("u-mallory", email="mallory@acme.example", groups=["engineers"])
    start = signed_in_now(olga).post(link(connection))
    back = urlsplit(acme_idp.sign_in(start.headers["Location"], "u-mallory"))
    victim = max_.browser()
    assert victim.get(f"{back.path}?{back.query}").status_code == 403
    victim.post(link(connection))  # one of their own under way does not help
    assert victim.get(f"{back.path}?{back.query}").status_code == 403
    assert victim.post(confirm(connection)).headers["Location"] == link(connection)
    assert bound(olga) == {}


def test_an_answer_waits_for_who_asked_alone_and_for_one_yes(
    olga: Person, max_: Person, connection: Connection, acme_idp: OpenIdPeer
) -> None:
    browser = max_.browser()
    answered(browser, connection, acme_idp, "u-max")
    waiting = browser.session["sso_linking"]
    other = signed_in_now(olga)
    session = other.session
    session["sso_linking"] = waiting
    session.save()
    assert other.post(confirm(connection)).headers["Location"] == link(connection)
    session = browser.session
    session["sso_linking"] = waiting | {"at": waiting["at"] - 601}
    session.save()
    assert browser.post(confirm(connection)).headers["Location"] == link(connection)
    assert bound(olga) == {}
    answered(browser, connection, acme_idp, "u-max")
    browser.post(confirm(connection))
    assert browser.post(confirm(connection)).headers["Location"] == link(connection)


def test_a_subject_is_one_account_and_an_account_one_subject(
    olga: Person, max_: Person, connection: Connection, acme_idp: OpenIdPeer
) -> None:
    acme_idp.asserts("u-two", email="max@acme.example", groups=["engineers"])
    browser = max_.browser()
    answered(browser, connection, acme_idp, "u-max")
    browser.post(confirm(connection))
    for person, subject in ((max_, "u-two"), (olga, "u-max")):
        again = signed_in_now(person)
        answered(again, connection, acme_idp, subject)
        refused = again.get(confirm(connection))
        assert (refused.status_code, "AUTHN-SSO-004" in refused.content.decode()) == (403, True)
        assert again.post(confirm(connection)).status_code == 302
    assert bound(olga) == {"u-max": "max@acme.example"}


def test_o02_a_foreign_tenants_connection_binds_nobody_of_ours(
    olga: Person, max_: Person, eve: Person, connection: Connection, globex_idp: OpenIdPeer
) -> None:
    prove(eve, "globex.example")
    theirs = connect(eve, globex_idp)
    globex_idp.asserts("u-max", email="max@acme.example", email_verified=True, groups=["engineers"])
    browser = max_.browser()
    assert link(theirs) not in browser.get("/security/").content.decode()
    answered(browser, theirs, globex_idp, "u-max")
    refused = browser.get(confirm(theirs))
    assert (refused.status_code, "AUTHN-SSO-002" in refused.content.decode()) == (403, True)
    browser.post(confirm(theirs))
    assert (bound(olga), bound(eve)) == ({}, {})
    assert come_in(new_client(), theirs, globex_idp, "u-max").status_code == 403


def test_a_connection_that_is_not_enabled_binds_nobody(olga: Person, max_: Person, acme_idp: OpenIdPeer) -> None:
    prove(olga, "acme.example")
    draft = connect(olga, acme_idp, enabled=False)
    browser = max_.browser()
    assert "Link my account" not in browser.get("/security/").content.decode()
    assert [browser.get(link(draft)).status_code, browser.post(link(draft)).status_code] == [404, 404]
    with org_scope(olga.organization.id):
        Connection.objects.update(state="disabled")
    assert [browser.get(link(draft)).status_code, browser.post(link(draft)).status_code] == [403, 403]


@pytest.mark.saml
def test_a_saml_subject_is_bound_the_same_way(olga: Person, max_: Person, saml_idp: SamlPeer) -> None:
    prove(olga, "acme.example")
    connection = connect_saml(olga, saml_idp)
    browser = max_.browser()
    request = saml_idp.request_in(browser.post(link(connection)).headers["Location"])
    answer = saml_idp.answer(request, "s-max", mail="m@elsewhere.example", groups=["engineers"])
    assert delivered(browser, connection, answer).headers["Location"] == confirm(connection)
    assert bound(olga) == {}
    browser.post(confirm(connection))
    assert bound(olga) == {"s-max": "max@acme.example"}


def signed_in_now(person: Person) -> Browser:
    """Return a further browser of the person's, in which they used their passkey just now."""
    browser = signed_in(person.user)
    browser.prove(person.user, passkey_of(person.user))
    return browser
