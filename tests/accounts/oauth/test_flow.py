"""A person gives an application access, and what comes of it opens what it should and nothing else."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from accounts.oauth.models import Application, Grant, RefreshToken
from accounts.services import keys
from audit.events import Event
from audit.models import AuditEvent, Decision
from tenants.permissions import Permission, Role
from tenants.scope import org_scope
from tests.accounts.oauth.conftest import AUTHORIZE, REDIRECT, Client, api
from tests.people import Person, join, new_client

__all__ = ["keys"]


def test_the_page_says_plainly_who_asks_for_what(client_: Client, max_: Person) -> None:
    page = max_.browser().get(AUTHORIZE, client_.asked())
    text = page.content.decode()
    assert page.status_code == 200
    for said in ("Report reader", "Acme Rockets", "Olga Owner", "Read decisions and their reasons", "client.example"):
        assert said in text
    assert "form-action 'self' https://client.example;" in page.headers["Content-Security-Policy"] + ";"
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_a_yes_becomes_tokens_that_the_jwks_verifies(client_: Client, max_: Person) -> None:
    told = client_.answered(max_)
    assert told["at"] == REDIRECT
    assert (told["state"], told["iss"]) == ("a-state", _issuer())
    answer = client_.exchange(told["code"])
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.json()
    assert {made["token_type"], made["expires_in"], *made["scope"].split()} >= {"Bearer", 300, "openid"}
    keys_ = KeySet.import_key_set(new_client().get("/.well-known/jwks.json").json())
    access = jwt.decode(made["access_token"], keys_, algorithms=["ES256"])
    assert access.header["typ"] == "at+jwt"
    assert access.claims["sub"] == str(max_.user.pk)
    assert access.claims["org"] == str(max_.organization.id)
    identity = jwt.decode(made["id_token"], keys_, algorithms=["ES256"])
    assert identity.claims["aud"] == client_.application.client_id
    assert (identity.claims["nonce"], identity.claims["email"]) == ("a-nonce", "max@acme.example")


def test_the_token_reads_for_the_person(client_: Client, max_: Person) -> None:
    token = client_.tokens(max_)["access_token"]
    me = api(token, "/v1/me").json()
    assert (me["name"], me["role"], me["organization"]["name"]) == ("Max Member", "developer", "Acme Rockets")
    assert api(token).status_code == 200
    with org_scope(max_.organization.id):
        decision = Decision.objects.filter(principal_label="Max Member via Report reader").first()
        assert decision is not None
        assert Application.objects.get(id=client_.application.id).last_used_at is not None


def test_what_was_not_consented_to_is_refused(client_: Client, max_: Person) -> None:
    token = client_.tokens(max_, scope="openid me:read")["access_token"]
    refused = api(token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTHZ-SCOPE-002")


def test_what_the_person_may_not_do_no_token_does(olga: Person, client_: Client) -> None:
    viewer = join(olga.organization, "vera@acme.example", "Vera", Role.VIEWER)
    token = client_.tokens(viewer)["access_token"]
    assert api(token, "/v1/usage").status_code == 200
    assert api(token).status_code == 403


@pytest.mark.parametrize("path", ["/v1/guard", "/v1/moderations"])
def test_o14_a_persons_token_is_refused_on_a_service_route(client_: Client, max_: Person, path: str) -> None:
    refused = api(client_.tokens(max_)["access_token"], path, "POST")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTHN-TOK-005")


def test_o14_an_api_key_is_refused_on_a_persons_route(olga: Person) -> None:
    refused = api(olga.key()[1], "/v1/me")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTHN-TOK-006")


def test_a_no_is_told_and_recorded(client_: Client, max_: Person) -> None:
    told = client_.answered(max_, "decline")
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", "a-state", _issuer())
    with org_scope(max_.organization.id):
        assert AuditEvent.objects.filter(event=Event.CONSENT_DECLINED.value, actor_id=str(max_.user.pk)).exists()
        assert not Grant.objects.exists()


def test_a_confidential_client_signs_for_its_tokens(confidential: Client, max_: Person) -> None:
    assert "access_token" in confidential.tokens(max_)
    code = confidential.code(max_)
    refused = confidential.exchange(code, client_assertion=None, client_assertion_type=None)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_nothing_that_could_be_used_is_stored(client_: Client, max_: Person) -> None:
    code = client_.code(max_)
    made = client_.exchange(code).json()
    with org_scope(max_.organization.id):
        kept = str([*Grant.objects.values(), *RefreshToken.objects.values()])
    for secret in (code, made["refresh_token"], made["access_token"]):
        assert secret not in kept


def test_a_stranger_is_asked_nothing_of_another_tenants_application(client_: Client, eve: Person) -> None:
    page = eve.browser().get(AUTHORIZE, client_.asked())
    assert page.status_code == 400
    assert "Acme" not in page.content.decode()


def test_somebody_of_two_organisations_is_led_to_the_one_that_asks(client_: Client, eve: Person, olga: Person) -> None:
    from tenants.models import Membership  # noqa: PLC0415

    with org_scope(olga.organization.id):
        Membership.objects.create(user=eve.user, role=Role.VIEWER.value)
    browser = eve.browser()
    browser.post("/organizations/switch", {"org": eve.organization.slug})
    page = browser.get(AUTHORIZE, client_.asked())
    assert "This application belongs to Acme Rockets" in page.content.decode()


def test_the_person_sees_and_takes_back_what_they_gave(client_: Client, max_: Person) -> None:
    made = client_.tokens(max_)
    browser = max_.browser()
    assert "Report reader" in browser.get("/security/").content.decode()
    browser.post(f"/security/applications/{client_.application.id}/withdraw")
    assert api(made["access_token"]).status_code == 401
    assert client_.refresh(made["refresh_token"]).json()["error"] == "invalid_grant"
    assert "Take back" not in browser.get("/security/").content.decode()


def test_an_administrator_revokes_an_application_with_all_it_was_given(
    client_: Client, max_: Person, olga: Person
) -> None:
    made = client_.tokens(max_)
    page = f"/applications/{client_.application.id}"
    assert "Max Member" in olga.browser().get(page).content.decode()
    assert olga.browser().post(f"{page}/revoke", {"confirm": "something else"}).status_code == 302
    assert api(made["access_token"]).status_code == 200
    olga.browser().post(f"{page}/revoke", {"confirm": "Report reader"})
    assert api(made["access_token"]).status_code == 401
    assert client_.refresh(made["refresh_token"]).status_code == 401
    assert max_.browser().get(AUTHORIZE, client_.asked()).status_code == 400


def _issuer() -> str:
    from django.conf import settings  # noqa: PLC0415

    return str(settings.BASE_URL)


def test_the_pages_of_applications(olga: Person) -> None:
    browser = olga.browser()
    values = {
        "name": "CLI",
        "client_type": "public",
        "redirect_uris": "http://127.0.0.1/callback",
        "scopes": ["openid", "me:read"],
    }
    assert "No applications yet" in browser.get("/applications/").content.decode()
    made = browser.post("/applications/new", values)
    assert made.status_code == 302
    assert "app_" in browser.get(made.headers["Location"]).content.decode()
    wrong = browser.post("/applications/new", {**values, "redirect_uris": "http://evil.example/cb"})
    assert wrong.status_code == 422
    assert "is not encrypted" in wrong.content.decode()
    assert Permission.APPS_CHANGE
