"""An application is changed: what it loses it has lost at once, and what it gains nobody has given it."""

import pytest

from accounts.oauth import families, registration
from accounts.oauth.models import AccessToken, Application
from audit.events import Event
from audit.models import AuditEvent
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.oauth.conftest import LOOPBACK, REDIRECT, SCOPES, Client, api, registered
from tests.people import Person, passkey_of

FEWER = ["openid", "decisions:read", "me:read"]


def changed(person: Person, application: Application, **values: object) -> Application:
    """Change an application as `person`, who keeps what is not named."""
    former = {"name": application.name, "redirect_uris": [REDIRECT, LOOPBACK], "scopes": SCOPES}
    with org_scope(person.organization.id):
        grant = person.may(Permission.APPS_CHANGE)
        wanted = registration.ApplicationDetails(**(former | values))  # type: ignore[arg-type]  # of several types
        return registration.change(grant, application.id, wanted)


def test_who_lost_a_scope_lost_every_consent_that_held_it(client_: Client, olga: Person, max_: Person) -> None:
    wide, narrow = client_.tokens(max_), client_.tokens(max_, scope="openid me:read decisions:read")
    code = client_.code(max_)
    assert api(wide["access_token"]).status_code == 200
    changed(olga, client_.application, scopes=FEWER)
    assert api(wide["access_token"]).status_code == 401
    assert client_.refresh(wide["refresh_token"]).json()["error"] == "invalid_grant"
    assert client_.exchange(code).json()["error"] == "invalid_grant"
    assert api(narrow["access_token"]).status_code == 200
    assert client_.refresh(narrow["refresh_token"]).status_code == 200
    assert "error=invalid_scope" in max_.browser().get("/oauth/authorize", client_.asked()).headers["Location"]


def test_what_was_issued_while_the_scope_was_taken_opens_nothing_either(
    client_: Client, olga: Person, max_: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token request that read the application before the change may write after it: what it wrote is looked at."""
    made, code = client_.tokens(max_), client_.code(max_)
    monkeypatch.setattr(families, "end_what_no_longer_fits", lambda _: 0)
    changed(olga, client_.application, scopes=["openid", "me:read"])
    assert api(made["access_token"], "/v1/me").status_code == 200
    assert api(made["access_token"]).json()["error"]["code"] == "AUTHZ-SCOPE-002"
    assert client_.refresh(made["refresh_token"]).json()["error"] == "invalid_grant"
    assert client_.exchange(code).json()["error"] == "invalid_grant"


def test_a_wider_application_has_no_wider_consent(olga: Person, max_: Person) -> None:
    client = Client(registered(olga, scopes=["openid", "me:read"]))
    made = client.tokens(max_, scope="openid me:read")
    changed(olga, client.application)
    assert api(made["access_token"]).json()["error"]["code"] == "AUTHZ-SCOPE-002"
    wider = client.refresh(made["refresh_token"], scope="openid me:read decisions:read")
    assert wider.json()["error"] == "invalid_scope"
    again = client.refresh(made["refresh_token"]).json()
    assert set(again["scope"].split()) == {"openid", "me:read"}
    assert api(client.tokens(max_)["access_token"]).status_code == 200


@pytest.mark.parametrize("ended", [True, False])
def test_no_code_is_good_for_an_address_that_is_gone(
    client_: Client, olga: Person, max_: Person, monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    code = client_.code(max_)
    client_.redirect_uri = "http://127.0.0.1:51234/callback"
    other = client_.code(max_)
    if not ended:
        monkeypatch.setattr(families, "end_what_no_longer_fits", lambda _: 0)
    changed(olga, client_.application, redirect_uris=[LOOPBACK])
    if ended:  # to have it back does not bring the code back
        changed(olga, client_.application)
    assert client_.exchange(code, redirect_uri=REDIRECT).status_code == 400
    assert client_.exchange(other).status_code == 200


def test_the_record_tells_what_was_and_what_is(client_: Client, olga: Person, max_: Person) -> None:
    client_.tokens(max_)
    changed(olga, client_.application, name="Renamed", scopes=FEWER)
    changed(olga, client_.application, name="Renamed", scopes=FEWER)
    with org_scope(olga.organization.id):
        event = AuditEvent.objects.get(event=Event.APP_CHANGED.value)
        assert not AccessToken.objects.filter(revoked_at=None).exists()
    assert event.detail == {
        "ended": 2,
        "name_before": "Report reader",
        "name_after": "Renamed",
        "scopes_before": client_.application.scopes,
        "scopes_after": FEWER,
    }


def test_the_page_changes_an_application(client_: Client, olga: Person, max_: Person) -> None:
    browser, page = olga.browser(), f"/applications/{client_.application.id}/change"
    shown = browser.get(page).content.decode()
    assert all(value in shown for value in ("Report reader", REDIRECT, "Save"))
    values = {"name": "Renamed", "redirect_uris": REDIRECT, "scopes": FEWER}
    wrong = browser.post(page, values | {"redirect_uris": "http://evil.example/"})
    assert (wrong.status_code, "is not encrypted" in wrong.content.decode()) == (422, True)
    assert browser.post(page, values).headers["Location"] == f"/applications/{client_.application.id}"
    with org_scope(olga.organization.id):
        now = Application.objects.get()
    assert (now.name, now.redirect_uris, now.scopes) == ("Renamed", REDIRECT, FEWER)
    browser.post(f"/applications/{now.id}/revoke", {"confirm": "Renamed"})
    assert browser.get(page).status_code == 404


def test_who_may_not_change_applications_changes_nothing(client_: Client, olga: Person, max_: Person) -> None:
    page = f"/applications/{client_.application.id}/change"
    values = {"name": "Stolen", "redirect_uris": "https://evil.example/", "scopes": FEWER}
    assert max_.browser().post(page, values).status_code == 403
    long_ago = olga.browser()
    long_ago.prove(olga.user, passkey_of(olga.user), ago=3600)
    asked = long_ago.post(page, values)
    assert (asked.status_code, "Confirm with your passkey" in asked.content.decode()) == (403, True)
    with org_scope(olga.organization.id):
        assert Application.objects.get().name == "Report reader"
