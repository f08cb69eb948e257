"""An application of Acme, a person who gives it access, and the tokens that come of it."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from accounts.keystore import rotation
from accounts.keystore import tokens as signing
from accounts.oauth import bearer, registration, verifying
from accounts.oauth.clients import ASSERTION_TYPE
from accounts.oauth.models import Application
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.people import Person, new_client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

REDIRECT = "https://client.example/callback"
LOOPBACK = "http://127.0.0.1/callback"
SCOPES = ["openid", "profile", "email", "me:read", "decisions:read", "usage:read"]
AUTHORIZE = "/oauth/authorize"


@pytest.fixture(autouse=True)
def signing_key(db: None) -> None:
    """Have a key that signs, and nothing remembered of the test before."""
    signing._active_kid.cache_clear()
    verifying._published.cache_clear()
    for remembered in (bearer._seen, bearer._remembered, bearer._noted):
        remembered.clear()
    rotation.keep_up()


def registered(person: Person, **values: Any) -> Application:  # noqa: ANN401 (what the request takes)
    """Register an application in a person's organisation."""
    wanted = {"name": "Report reader", "redirect_uris": [REDIRECT, LOOPBACK], "scopes": SCOPES} | values
    with org_scope(person.organization.id):
        grant = person.may(Permission.APPS_CHANGE)
        return registration.register(grant, registration.ApplicationRequest(**wanted))


@pytest.fixture
def application(olga: Person) -> Application:
    return registered(olga)


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(slots=True)
class Client:
    """A program of an application: it sends people to the authorization page, and asks for tokens."""

    application: Application
    key: ECKey | None = None
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    redirect_uri: str = REDIRECT

    def asked(self, **other: str | None) -> dict[str, str]:
        """Return the parameters of an authorization request; `None` leaves one out."""
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.application.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(SCOPES),
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (usual | other).items() if value is not None}

    def answered(self, person: Person, answer: str = "allow", **other: str | None) -> dict[str, str]:
        """Let a person answer; returns the parameters of the redirect, with its address as `at`."""
        page = person.browser().post(f"{AUTHORIZE}?{_query(self.asked(**other))}", {"answer": answer})
        assert page.status_code == 303, page.content[:2000]
        parts = urlsplit(page.headers["Location"])
        at = {"at": parts._replace(query="").geturl()}
        return at | {name: values[0] for name, values in parse_qs(parts.query).items()}

    def code(self, person: Person, **other: str | None) -> str:
        return self.answered(person, "allow", **other)["code"]

    def exchange(self, code: str, **other: str | None) -> "Response":
        """Ask for the tokens of a code."""
        usual = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return self.post("/oauth/token", **{**usual, "code_verifier": self.verifier, **other})

    def refresh(self, refresh_token: str, **other: str | None) -> "Response":
        return self.post("/oauth/token", **{"grant_type": "refresh_token", "refresh_token": refresh_token, **other})

    def tokens(self, person: Person, **other: str | None) -> dict[str, Any]:
        """Return what a person's yes comes to."""
        answer = self.exchange(self.code(person, **other))
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        return told

    def post(self, path: str, **values: str | None) -> "Response":
        proof: dict[str, str | None] = {"client_id": self.application.client_id}
        if self.key is not None:
            proof |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}
        sent = {name: value for name, value in (proof | values).items() if value is not None}
        return new_client().post(path, _query(sent), content_type="application/x-www-form-urlencoded")

    def assertion(self, **claims: Any) -> str:  # noqa: ANN401 (JSON)
        """Return a client assertion (RFC 7523), with other claims where they are given; `None` leaves one out."""
        assert self.key is not None
        now, me = int(time.time()), self.application.client_id
        usual = {"iss": me, "sub": me, "aud": f"{settings.BASE_URL}/oauth/token", "iat": now, "exp": now + 60}
        every = usual | {"jti": secrets.token_urlsafe(16)} | claims
        kept = {name: value for name, value in every.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, kept, self.key)


def _query(values: dict[str, str]) -> str:
    return urlencode(values)


@pytest.fixture
def client_(application: Application) -> Client:
    """A public client of the application."""
    return Client(application)


@pytest.fixture
def confidential(olga: Person) -> Client:
    """A confidential client, with the key it was registered with."""
    key = ECKey.generate_key("P-256", {"kid": "a-key"}, auto_kid=False)
    jwks = KeySet([ECKey.import_key(key.as_dict(private=False))]).as_dict(private=False)
    made = registered(olga, name="Reporting server", client_type=Application.CLIENT_CONFIDENTIAL, jwks=json.dumps(jwks))
    return Client(made, key)


def api(token: str, path: str = "/v1/decisions", method: str = "GET") -> "Response":
    """Call the API with an access token."""
    client = new_client(authorization=f"Bearer {token}")
    return client.generic(method, path, b'{"input": "x"}' if method == "POST" else b"", "application/json")
