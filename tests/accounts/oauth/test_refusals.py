"""Every way around that RFC 9700 and the attacks of group O name is refused, and nothing comes of trying."""

import base64
from urllib.parse import urlencode

import pytest

from accounts.oauth.models import AccessToken, Grant, UsedAssertion
from accounts.oauth.redirects import fault, matches
from tenants.scope import org_scope
from tests.accounts.oauth.conftest import AUTHORIZE, LOOPBACK, REDIRECT, Client
from tests.people import Person, new_client

S05 = [
    "https://client.example/callback/",
    "https://client.example/callback?x=1",
    "https://client.example/callback#f",
    "https://client.example/Callback",
    "https://client.example:443/callback",
    "https://client.example./callback",
    "https://client.example/../callback",
    "https://client.example/callback/../evil",
    "https://client.example@evil.example/callback",
    "https://client.example%2eevil.example/callback",
    "https://evil.example/callback",
    "https://evil.example\\@client.example/callback",
    "https://sub.client.example/callback",
    "http://client.example/callback",
    "//client.example/callback",
    "javascript:alert(1)//https://client.example/callback",
    "data:text/html,https://client.example/callback",
    "http://localhost:8765/callback",
    "http://127.0.0.1.evil.example:8765/callback",
    "http://127.0.0.1:8765@evil.example/callback",
    "http://127.0.0.1:8765/callback/more",
    "http://127.0.0.1:8765/callback?next=//evil.example",
    "http://[::1]:8765/callback",
    "https://127.0.0.1:8765/callback",
    "http://127.1:8765/callback",
    "http://2130706433/callback",
    "http://127.0.0.1:99999/callback",
    "",
]


@pytest.mark.parametrize("uri", S05)
def test_s05_o10_a_redirect_uri_that_is_not_registered_is_never_gone_to(
    client_: Client, max_: Person, uri: str
) -> None:
    for page in (
        max_.browser().get(AUTHORIZE, client_.asked(redirect_uri=uri)),
        max_.browser().post(f"{AUTHORIZE}?{urlencode(client_.asked(redirect_uri=uri))}", {"answer": "allow"}),
    ):
        assert page.status_code == 400
        assert "Location" not in page.headers
    with org_scope(max_.organization.id):
        assert not Grant.objects.exists()


def test_a_loopback_address_may_have_any_port(client_: Client, max_: Person) -> None:
    client_.redirect_uri = "http://127.0.0.1:51234/callback"
    told = client_.answered(max_)
    assert told["at"] == client_.redirect_uri
    assert client_.exchange(told["code"]).status_code == 200
    assert matches(LOOPBACK, "http://127.0.0.1:1/callback")


@pytest.mark.parametrize(
    "uri",
    [
        "http://client.example/cb",
        "https://*.client.example/cb",
        "https://client.example/cb#x",
        "https://u:p@client.example/cb",
        "https://client/cb",
        "https://client.example/a/../cb",
        "javascript:alert(1)",
        "com.client.app:/cb",
        "https://client.example/\u202ecb",
        "https://client.example/" + "a" * 400,
        "http://localhost/cb",
    ],
)
def test_what_cannot_be_answered_safely_cannot_be_registered(uri: str) -> None:
    assert fault(uri)
    assert fault(uri, is_public=True) or uri == "com.client.app:/cb"


REQUESTS = {
    "implicit: token": {"response_type": "token"},
    "implicit: id_token": {"response_type": "id_token"},
    "implicit: id_token token": {"response_type": "id_token token"},
    "hybrid: code token": {"response_type": "code token"},
    "hybrid: code id_token": {"response_type": "code id_token"},
    "none": {"response_type": "none"},
    "no PKCE": {"code_challenge": None, "code_challenge_method": None},
    "PKCE plain": {"code_challenge_method": "plain"},
    "PKCE plain by default": {"code_challenge_method": None},
    "PKCE of another method": {"code_challenge_method": "s256"},
    "a challenge that is no hash": {"code_challenge": "short"},
    "a scope it was not registered for": {"scope": "openid audit:read"},
    "a scope there is not": {"scope": "openid guard:check"},
    "no scope": {"scope": None},
    "an answer in the fragment": {"response_mode": "fragment"},
    "an answer by form": {"response_mode": "form_post"},
    "a request object": {"request": "eyJhbGciOiJub25lIn0.e30."},
    "a request by reference": {"request_uri": "https://evil.example/request"},
    "another API": {"resource": "https://api.evil.example/"},
    "a state without end": {"state": "s" * 5000},
    "no page": {"prompt": "none"},
}


@pytest.mark.parametrize("wanted", REQUESTS.values(), ids=REQUESTS)
def test_o10_o12_a_request_for_what_is_not_offered_is_refused(
    client_: Client, max_: Person, wanted: dict[str, str | None]
) -> None:
    asked = client_.asked(**wanted)
    for page in (
        max_.browser().get(AUTHORIZE, asked),
        max_.browser().post(f"{AUTHORIZE}?{urlencode(asked)}", {"answer": "allow"}),
    ):
        assert page.status_code == 303
        assert page.headers["Location"].startswith(REDIRECT + "?")
        assert "error=" in page.headers["Location"]
        assert "iss=" in page.headers["Location"]
        assert "code=" not in page.headers["Location"]
    with org_scope(max_.organization.id):
        assert not Grant.objects.exists()


def test_o10_a_parameter_sent_twice_is_refused(client_: Client, max_: Person) -> None:
    for name in ("client_id", "redirect_uri", "scope", "state", "response_type"):
        query = f"{urlencode(client_.asked())}&{name}=https://evil.example/"
        assert max_.browser().get(f"{AUTHORIZE}?{query}").status_code == 400


def test_nobody_is_asked_on_behalf_of_another(client_: Client, max_: Person) -> None:
    form = {"answer": "allow"}
    assert (
        max_.browser(enforce_csrf_checks=True).post(f"{AUTHORIZE}?{urlencode(client_.asked())}", form).status_code
        == 403
    )
    changed = max_.browser().post(f"{AUTHORIZE}?{urlencode(client_.asked())}", {**form, "scope": "audit:read"})
    assert changed.status_code == 400
    signed_out = new_client().get(AUTHORIZE, client_.asked())
    assert signed_out.status_code == 302
    assert signed_out.headers["Location"].startswith("/accounts/login/")


GRANTS = {
    "password": {"grant_type": "password", "username": "max@acme.example", "password": "correct-horse-battery-staple"},
    "implicit": {"grant_type": "implicit"},
    "device": {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"},
    "client credentials of an application": {"grant_type": "client_credentials", "scope": "guard:check"},
    "token exchange of an application": {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": "x",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    },
    "an assertion as a grant": {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "x"},
    "none": {},
}


@pytest.mark.parametrize("values", GRANTS.values(), ids=GRANTS)
@pytest.mark.parametrize("kind", ["client_", "confidential"])
def test_o12_a_grant_that_is_not_offered_is_refused(
    request: pytest.FixtureRequest, max_: Person, kind: str, values: dict[str, str]
) -> None:
    client: Client = request.getfixturevalue(kind)
    answer = client.post("/oauth/token", **values)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] in {
        "unsupported_grant_type",
        "invalid_client",
        "invalid_request",
        "invalid_grant",
        "unauthorized_client",
    }
    with org_scope(max_.organization.id):
        assert not AccessToken.objects.exists()


ASSERTIONS = {
    "another audience": {"aud": "https://evil.example/oauth/token"},
    "several audiences": {"aud": ["http://localhost/oauth/token", "https://evil.example"]},
    "another issuer": {"iss": "app_other"},
    "another subject": {"sub": "app_other"},
    "expired": {"exp": 1},
    "good for too long": {"exp": 4_000_000_000},
    "without an end": {"exp": None},
    "without an id": {"jti": None},
    "from the future": {"nbf": 4_000_000_000},
    "times that are text": {"exp": "soon"},
}


@pytest.mark.parametrize("claims", ASSERTIONS.values(), ids=ASSERTIONS)
def test_an_assertion_that_is_not_for_us_now_proves_nothing(
    confidential: Client, max_: Person, claims: dict[str, object]
) -> None:
    answer = confidential.exchange(confidential.code(max_), client_assertion=confidential.assertion(**claims))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_o13_an_assertion_proves_its_client_once(confidential: Client, max_: Person) -> None:
    assertion = confidential.assertion()
    code = confidential.code(max_)
    assert confidential.exchange(code, client_assertion=assertion).status_code == 200
    again = confidential.exchange(confidential.code(max_), client_assertion=assertion)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    with org_scope(max_.organization.id):
        assert UsedAssertion.objects.count() == 1


def test_no_secret_authenticates_anybody(client_: Client, confidential: Client, max_: Person) -> None:
    code = confidential.code(max_)
    plain = {"client_assertion": None, "client_assertion_type": None}
    assert confidential.exchange(code, **plain, client_secret="").status_code == 401
    assert confidential.exchange(code, **plain, client_secret="secret").status_code == 401
    basic = base64.b64encode(f"{client_.application.client_id}:".encode()).decode()
    body = urlencode({"grant_type": "authorization_code", "code": "x", "client_id": client_.application.client_id})
    answer = new_client(authorization=f"Basic {basic}").post(
        "/oauth/token", body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
def test_the_endpoints_take_one_shape_of_request(client_: Client, path: str) -> None:
    client_id = client_.application.client_id
    form = "application/x-www-form-urlencoded"
    caller = new_client()
    assert caller.get(path).status_code == 405
    assert caller.post(path, {"client_id": client_id}, content_type="application/json").status_code == 400
    assert caller.post(f"{path}?client_id={client_id}", "", content_type=form).status_code == 400
    assert caller.post(path, f"client_id={client_id}&client_id=x", content_type=form).status_code == 400
    assert caller.post(path, "client_id=app_nobody", content_type=form).status_code == 401
    assert caller.post(path, "client_id=%00", content_type=form).status_code == 401
    assert caller.post(path, "client_id=", content_type=form).status_code == 401


def test_failures_from_one_address_are_kept_to_a_rate(client_: Client) -> None:
    statuses = [client_.post("/oauth/token", grant_type="password").status_code for _ in range(63)]
    assert statuses[:60] == [400] * 60 or set(statuses[:60]) <= {400, 401}
    assert statuses[-1] == 429
