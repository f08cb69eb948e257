"""What is published of the server: it is true, and names only what is accepted."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings

from accounts.oauth.models import AccessToken, Grant, RefreshToken, UsedAssertion
from accounts.oauth.tasks import sweep
from tenants.scope import org_scope
from tests.accounts.oauth.conftest import AUTHORIZE, Client, api
from tests.people import Person, new_client

ROOT = Path(settings.BASE_DIR)
ROW = re.compile(r"^\| (\d\.\d+(?:\.\d)?) \|.*\| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"^ *def (test_\w+)", re.MULTILINE)
LEAST = 30


def test_every_line_of_the_rfc_9700_table_has_its_test() -> None:
    rows = ROW.findall((ROOT / "docs" / "identity" / "tokens.md").read_text())
    tests = {name for path in Path(__file__).parent.glob("test_*.py") for name in TEST.findall(path.read_text())}
    named = {name for _, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert len(rows) >= LEAST
    assert all("`test_" in names for _, names in rows)
    assert named - tests == set()


@pytest.mark.parametrize("name", ["oauth-authorization-server", "openid-configuration"])
def test_discovery_names_only_what_is_accepted(db: None, name: str) -> None:
    answer = new_client().get(f"/.well-known/{name}")
    told = answer.json()
    assert told["issuer"] == settings.BASE_URL
    assert told["response_types_supported"] == ["code"]
    assert told["response_modes_supported"] == ["query"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert not {"implicit", "password", "urn:ietf:params:oauth:grant-type:device_code"} & set(
        told["grant_types_supported"]
    )
    assert told["token_endpoint_auth_methods_supported"] == ["none", "private_key_jwt"]
    assert told["dpop_signing_alg_values_supported"] == ["ES256"]
    assert not {"registration_endpoint", "device_authorization_endpoint"} & set(told)
    for endpoint in ("token_endpoint", "revocation_endpoint", "introspection_endpoint"):
        assert new_client().get(told[endpoint].removeprefix(settings.BASE_URL)).status_code == 405
    assert new_client().get(told["jwks_uri"].removeprefix(settings.BASE_URL)).json()["keys"]
    page = new_client(origin="https://evil.example").get(told["authorization_endpoint"].removeprefix(settings.BASE_URL))
    assert "Access-Control-Allow-Origin" not in page.headers


def test_the_api_names_the_server_it_believes(db: None) -> None:
    told = new_client().get("/.well-known/oauth-protected-resource/v1").json()
    assert told["resource"] == f"{settings.BASE_URL}/v1"
    assert told["authorization_servers"] == [settings.BASE_URL]
    assert told["bearer_methods_supported"] == ["header"]


def test_a_claimed_host_changes_nothing_that_is_published(db: None, client_: Client, max_: Person) -> None:
    forged = new_client(x_forwarded_host="evil.example", forwarded="host=evil.example")
    assert forged.get("/.well-known/openid-configuration").json()["issuer"] == settings.BASE_URL
    assert client_.answered(max_)["iss"] == settings.BASE_URL


def test_the_redirect_repeats_no_form_and_tells_no_address(client_: Client, max_: Person) -> None:
    page = max_.browser().post(f"{AUTHORIZE}?{urlencode(client_.asked())}", {"answer": "allow"})
    assert page.status_code == 303
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_the_page_cannot_be_framed(client_: Client, max_: Person) -> None:
    page = max_.browser().get(AUTHORIZE, client_.asked())
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"


def test_a_token_in_an_address_is_not_looked_at(client_: Client, max_: Person) -> None:
    token = client_.tokens(max_)["access_token"]
    assert new_client().get("/v1/me", {"access_token": token}).status_code == 401
    assert api(token, "/v1/me").status_code == 200


@pytest.mark.parametrize(
    ("asked", "leads"), [({"prompt": "login"}, True), ({"max_age": "0"}, True), ({"max_age": "9999"}, False)]
)
def test_an_application_may_ask_for_a_fresh_sign_in(
    client_: Client, max_: Person, asked: dict[str, str], leads: bool
) -> None:
    page = max_.browser().get(AUTHORIZE, client_.asked(**asked))
    assert (page.status_code == 302) is leads
    if leads:
        assert page.headers["Location"].startswith("/accounts/reauthenticate/?next=")
        assert "prompt" not in page.headers["Location"]


def test_what_is_past_its_time_is_swept_for_every_tenant(confidential: Client, max_: Person) -> None:
    confidential.tokens(max_)
    confidential.code(max_)
    models = (Grant, AccessToken, RefreshToken, UsedAssertion)
    assert sweep() == 0
    with org_scope(max_.organization.id):
        kept = [model.objects.count() for model in models]
        assert kept == [2, 1, 1, 1]
        old = "2020-01-01T00:00:00Z"
        Grant.objects.update(expires=old)
        AccessToken.objects.update(expires=old)
        RefreshToken.objects.update(ends_at=old)
        UsedAssertion.objects.update(expires_at=old)
    assert sweep() == 5
    with org_scope(max_.organization.id):
        assert [model.objects.count() for model in models] == [0, 0, 0, 0]
