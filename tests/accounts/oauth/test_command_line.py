"""The walk of docs/identity/tokens.md in a real browser: a command line on a loopback address, and an app."""

import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode

import httpx2
import pytest
from django.conf import settings
from joserfc import jwt
from joserfc.jwk import KeySet
from oauthlib.oauth2 import WebApplicationClient
from playwright.sync_api import Page, expect

from accounts.keystore import rotation
from accounts.keystore.models import SigningKey
from tenants.permissions import Role
from tests.accounts.oauth.conftest import AUTHORIZE, Client, registered
from tests.committed import new_member, new_owner
from tests.journeys.conftest import browser_page  # noqa: F401 (a fixture)
from tests.people import Person
from tests.server import WebServer

pytestmark = pytest.mark.browser
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SCOPES = ["openid", "email", "me:read", "usage:read"]


class Loopback(HTTPServer):
    """Listens on a port of its own for the one request by which the browser comes back."""

    came_back = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/callback"


class Answer(BaseHTTPRequestHandler):
    server: Loopback

    def do_GET(self) -> None:
        self.server.came_back = f"{self.server.address.removesuffix('/callback')}{self.path}"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b'<!doctype html><title>Done</title><link rel="icon" href="data:,"><p>Back to the terminal.')

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def signing_key(committed: None) -> Iterator[None]:
    """Have a key that signs, committed for as long as the test runs."""
    rotation.keep_up()
    yield
    SigningKey.objects.all().delete()


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with Loopback(("127.0.0.1", 0), Answer) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening
        listening.shutdown()


@dataclass(frozen=True, slots=True)
class Cast:
    """A member, the cookie of their session, and the client id of their organisation's application."""

    member: Person
    cookie: str
    client_id: str


@pytest.fixture
def cast(signing_key: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Make what the walk needs before there is a browser: Django asks nothing while playwright's loop runs."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the library's own word for http on this machine
    owner = new_owner()
    member = new_member(owner, Role.DEVELOPER)
    cookie = member.browser().cookies[settings.SESSION_COOKIE_NAME].value
    return Cast(member, cookie, registered(owner, scopes=SCOPES).client_id)


def test_a_command_line_signs_in_through_the_browser(
    server: WebServer,
    cast: Cast,
    browser_page: Page,  # noqa: F811 (the fixture)
    loopback: Loopback,
) -> None:
    browser_page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cast.cookie, "url": server.url}])
    with httpx2.Client(base_url=server.url) as http:
        about = http.get("/.well-known/oauth-authorization-server").json()
        client = WebApplicationClient(cast.client_id)
        verifier, state = client.create_code_verifier(64), secrets.token_urlsafe()
        url = client.prepare_request_uri(
            about["authorization_endpoint"],
            redirect_uri=loopback.address,
            scope=SCOPES,
            state=state,
            code_challenge=client.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
        )
        browser_page.goto(url)
        expect(browser_page.get_by_role("heading", level=1)).to_have_text("Give Report reader access?")
        expect(browser_page.get_by_text("See who you are here, and your role")).to_be_visible()
        browser_page.get_by_role("button", name="Give access").click()
        browser_page.wait_for_url(re.compile(re.escape(loopback.address)))
        came_back = client.parse_request_uri_response(loopback.came_back, state=state)
        assert came_back["iss"] == about["issuer"] == server.url
        body = client.prepare_request_body(
            code=came_back["code"], redirect_uri=loopback.address, code_verifier=verifier
        )
        made = client.parse_request_body_response(http.post(about["token_endpoint"], content=body, headers=FORM).text)
        keys = KeySet.import_key_set(http.get(about["jwks_uri"]).json())
        identity = jwt.decode(made["id_token"], keys, algorithms=["ES256"]).claims
        assert (identity["aud"], identity["email"]) == (cast.client_id, cast.member.user.email)
        me = http.get("/v1/me", headers={"Authorization": f"Bearer {made['access_token']}"}).json()
        assert (me["name"], me["role"]) == (cast.member.user.name, "developer")
        browser_page.goto(f"{server.url}/security/")
        browser_page.get_by_role("button", name="Take back the access of Report reader").click()
        expect(browser_page.get_by_text("can no longer read anything for you")).to_be_visible()
        assert http.get("/v1/me", headers={"Authorization": f"Bearer {made['access_token']}"}).status_code == 401
        again = client.prepare_refresh_body(refresh_token=made["refresh_token"], client_id=cast.client_id)
        assert http.post(about["token_endpoint"], content=again, headers=FORM).json()["error"] == "invalid_grant"


APP = "com.example.app:/callback"


@pytest.fixture
def asked(signing_key: None) -> tuple[str, str]:
    """Return a member's cookie and the address that asks them for an app with a scheme of its own."""
    owner = new_owner()
    client = Client(registered(owner, redirect_uris=[APP]), redirect_uri=APP)
    cookie = new_member(owner, Role.DEVELOPER).browser().cookies[settings.SESSION_COOKIE_NAME].value
    return cookie, f"{AUTHORIZE}?{urlencode(client.asked())}"


def test_a_browser_lets_the_answer_go_to_an_apps_own_scheme(
    server: WebServer,
    asked: tuple[str, str],
    browser_page: Page,  # noqa: F811 (the fixture)
) -> None:
    """Nobody claims the scheme here: what there is to see is that the browser tries it, and complains of no policy."""
    cookie, address = asked
    browser_page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url}])
    browser_page.goto(f"{server.url}{address}")
    with browser_page.expect_request(lambda request: request.url.startswith(f"{APP}?code=")):
        browser_page.get_by_role("button", name="Give access").click()
