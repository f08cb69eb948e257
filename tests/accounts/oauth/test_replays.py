"""Codes and refresh tokens are good once, for their client, as they were asked for; what ends a consent, ends it."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from accounts.oauth.models import Application, Grant, RefreshToken
from accounts.risk import verbs
from accounts.risk.models import Alert
from audit.events import Event
from audit.models import AuditEvent
from audit.outbox import drain
from tenants.models import Membership
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.oauth.conftest import LOOPBACK, SCOPES, Client, api, challenge_of, registered
from tests.people import Person

if TYPE_CHECKING:
    pass


CODES = {
    "no verifier": {"code_verifier": None},
    "another verifier": {"code_verifier": "v" * 60},
    "the challenge as verifier": {"code_verifier": "challenge"},
    "another redirect URI": {"redirect_uri": LOOPBACK},
    "no redirect URI": {"redirect_uri": None},
    "an invented code": {"code": "c" * 30},
    "a made-up grant on the request": {"grant": "x", "code": "c" * 30},
}


@pytest.mark.parametrize("values", CODES.values(), ids=CODES)
def test_o10_a_code_is_good_only_as_it_was_asked_for(
    client_: Client, max_: Person, values: dict[str, str | None]
) -> None:
    code = client_.code(max_)
    if values.get("code_verifier") == "challenge":
        values = {"code_verifier": challenge_of(client_.verifier)}
    answer = client_.exchange(**{"code": code, **values})  # type: ignore[arg-type]  # options of several types
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_grant", "invalid_request"}


def test_what_a_client_sends_is_not_taken_for_what_we_know(client_: Client, max_: Person) -> None:
    """Parameters named as the server's own attributes change nothing."""
    forged = {"grant": "x", "refresh_token_instance": "x", "jti": "x", "bound_to": "x", "user": "1", "client": "x"}
    answer = client_.exchange(client_.code(max_), **forged, scopes="audit:read", authenticated_at="0")
    assert answer.status_code == 200
    assert set(answer.json()["scope"].split()) == set(SCOPES)
    assert client_.refresh(answer.json()["refresh_token"], **forged).status_code == 200


def test_o10_a_code_of_another_client_is_refused(client_: Client, olga: Person, max_: Person, eve: Person) -> None:
    for other in (registered(olga, name="Another"), registered(eve, name="A stranger's")):
        answer = client_.exchange(client_.code(max_), client_id=other.client_id)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_o10_a_code_that_comes_again_ends_what_it_began(client_: Client, max_: Person) -> None:
    code = client_.code(max_)
    made = client_.exchange(code).json()
    assert api(made["access_token"]).status_code == 200
    again = client_.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert api(made["access_token"]).status_code == 401
    assert client_.refresh(made["refresh_token"]).json()["error"] == "invalid_grant"
    with org_scope(max_.organization.id):
        alarms = AuditEvent.objects.filter(event=Event.TOKEN_REPLAYED.value)
        assert alarms.filter(detail__what="code", target=str(max_.user.pk)).exists()


def test_a_code_runs_out(client_: Client, max_: Person) -> None:
    code = client_.code(max_)
    with org_scope(max_.organization.id):
        Grant.objects.update(expires=timezone.now())
    assert client_.exchange(code).json()["error"] == "invalid_grant"


def test_o11_a_refresh_token_is_good_once(client_: Client, max_: Person) -> None:
    first = client_.tokens(max_)
    second = client_.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert api(second["access_token"]).status_code == 200
    assert client_.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert client_.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert {api(made["access_token"]).status_code for made in (first, second)} == {401}
    with org_scope(max_.organization.id):
        assert AuditEvent.objects.filter(event=Event.TOKEN_REPLAYED.value, detail__what="refresh token").exists()
        assert not RefreshToken.objects.filter(revoked=None).exists()


@pytest.mark.parametrize("what", ["code", "refresh token"])
def test_o11_a_token_that_comes_twice_alerts_the_person_and_the_officers_once(
    client_: Client, olga: Person, max_: Person, what: str
) -> None:
    code = client_.code(max_)
    made = client_.exchange(code).json()
    for _ in range(3):
        client_.exchange(code) if what == "code" else client_.refresh(made["refresh_token"])
    drain()
    with org_scope(max_.organization.id):
        alert = Alert.objects.get()
    seen = (alert.rule, alert.severity, alert.user, alert.client_id)
    assert seen == ("R4", "high", max_.user, client_.application.client_id)
    assert alert.evidence["came_twice"] == what
    told = {each.to[0]: str(each.body) for each in mail.outbox if "token came twice" in each.body}
    assert set(told) == {max_.user.email, olga.user.email}
    assert "We ended the application's access" in told[max_.user.email]
    assert str(alert.pk) in told[olga.user.email]


@pytest.mark.parametrize(("state", "status"), [("harmless", 200), ("hostile", 401)])
def test_an_officer_lets_the_application_of_a_replay_go_on_or_suspends_it(
    client_: Client, olga: Person, max_: Person, state: str, status: int
) -> None:
    stolen, other = client_.tokens(max_), client_.tokens(max_)
    for _ in range(2):
        client_.refresh(stolen["refresh_token"])
    with org_scope(olga.organization.id):
        verbs.decide(olga.may(Permission.ALERTS_CHANGE), Alert.objects.get().id, state)
    assert api(other["access_token"]).status_code == status


def test_o12_refreshing_widens_nothing(client_: Client, max_: Person) -> None:
    made = client_.tokens(max_, scope="openid me:read usage:read")
    wider = client_.refresh(made["refresh_token"], scope="openid me:read decisions:read")
    assert wider.json()["error"] == "invalid_scope"
    narrower = client_.refresh(made["refresh_token"], scope="me:read").json()
    assert narrower["scope"] == "me:read"
    assert api(narrower["access_token"], "/v1/usage").status_code == 403
    assert set(client_.refresh(narrower["refresh_token"]).json()["scope"].split()) == {
        "openid",
        "me:read",
        "usage:read",
    }


@pytest.mark.parametrize("how", ["inactive", "removed", "suspended application"])
def test_o11_who_is_gone_is_gone_with_the_next_request(client_: Client, max_: Person, how: str) -> None:
    made = client_.tokens(max_)
    assert api(made["access_token"]).status_code == 200
    with org_scope(max_.organization.id):
        if how == "inactive":
            User.objects.filter(pk=max_.user.pk).update(is_active=False)
        elif how == "removed":
            Membership.objects.get(user=max_.user).delete()
        else:
            Application.objects.update(suspended_at=timezone.now())
    assert api(made["access_token"]).status_code == 401
    assert client_.refresh(made["refresh_token"]).status_code in {400, 401}
    assert client_.refresh(made["refresh_token"]).json()["error"] in {"invalid_grant", "invalid_client"}


@pytest.mark.parametrize("column", ["expires_at", "ends_at"])
def test_a_consent_ends_when_it_waits_too_long_and_at_the_latest_after_thirty_days(
    client_: Client, max_: Person, column: str
) -> None:
    made = client_.tokens(max_)
    now = timezone.now()
    with org_scope(max_.organization.id):
        token = RefreshToken.objects.get()
        assert token.expires_at <= now + timedelta(days=7)
        assert timedelta(days=29) < token.ends_at - now <= timedelta(days=30)
        RefreshToken.objects.update(**{column: now + timedelta(hours=1)})
    second = client_.refresh(made["refresh_token"]).json()
    with org_scope(max_.organization.id):
        if column == "ends_at":
            assert RefreshToken.objects.get(revoked=None).expires_at <= now + timedelta(hours=1)
        RefreshToken.objects.update(expires_at=now)
    assert client_.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"


def test_revocation_ends_the_family_and_only_ones_own(client_: Client, max_: Person, olga: Person) -> None:
    for kind in ("access_token", "refresh_token"):
        made = client_.tokens(max_)
        other = Client(registered(olga, name=f"Another {kind}"))
        assert other.post("/oauth/revoke", token=made[kind]).status_code == 200
        assert api(made["access_token"]).status_code == 200
        assert client_.post("/oauth/revoke", token=made[kind]).status_code == 200
        assert api(made["access_token"]).status_code == 401
        assert client_.refresh(made["refresh_token"]).json()["error"] == "invalid_grant"
    assert client_.post("/oauth/revoke", token="nonsense").status_code == 200


def test_introspection_tells_a_client_of_its_own_tokens_only(
    client_: Client, confidential: Client, max_: Person
) -> None:
    own = confidential.tokens(max_)
    told = confidential.post("/oauth/introspect", token=own["access_token"]).json()
    assert (told["active"], told["sub"], told["kind"]) == (True, str(max_.user.pk), "user")
    assert confidential.post("/oauth/introspect", token=own["refresh_token"]).json()["active"] is True
    foreign = client_.tokens(max_)
    for token in (foreign["access_token"], foreign["refresh_token"], "nonsense", own["id_token"]):
        assert confidential.post("/oauth/introspect", token=token).json() == {"active": False}
    assert client_.post("/oauth/introspect", token=foreign["access_token"]).status_code == 401
    confidential.post("/oauth/revoke", token=own["access_token"])
    assert confidential.post("/oauth/introspect", token=own["access_token"]).json() == {"active": False}
