"""A client that proves its key (RFC 9449), and what it takes to call as one."""

import hashlib
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from joserfc import jwt
from joserfc.jwk import ECKey

from accounts.oauth.clients import ASSERTION_TYPE
from accounts.oauth.dpop import encoded
from tests.accounts.oauth.conftest import Client
from tests.people import new_client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

TOKEN = "/oauth/token"


class Holder:
    """Somebody with a key, who makes proofs by it."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", auto_kid=False)
        self.jwk: dict[str, Any] = self.key.as_dict(private=False)

    @property
    def jkt(self) -> str:
        return self.key.thumbprint()

    def claims(self, method: str, path: str, token: str | None = None) -> dict[str, Any]:
        told: dict[str, Any] = {"jti": secrets.token_urlsafe(16), "htm": method, "iat": time.time()}
        told["htu"] = f"{settings.BASE_URL}{path}"
        return told | ({"ath": encoded(hashlib.sha256(token.encode()).digest())} if token else {})

    def proof(self, method: str, path: str, token: str | None = None, **other: Any) -> str:  # noqa: ANN401 (JSON)
        """Return a proof, with other claims where they are given; `None` leaves one out."""
        claims = self.claims(method, path, token) | other
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}
        return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, self.key)

    def ask(self, client: Client, proof: str | None = None, **values: str) -> "Response":
        """Ask for tokens as `client`, with a proof."""
        sent = {"client_id": client.application.client_id} | values
        if client.key is not None:
            sent |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": client.assertion()}
        asking = new_client(dpop=proof or self.proof("POST", TOKEN))
        return asking.post(TOKEN, urlencode(sent), content_type="application/x-www-form-urlencoded")

    def exchange(self, client: Client, code: str, proof: str | None = None) -> "Response":
        values = {"redirect_uri": client.redirect_uri, "code_verifier": client.verifier}
        return self.ask(client, proof, grant_type="authorization_code", code=code, **values)

    def refresh(self, client: Client, refresh_token: str) -> "Response":
        return self.ask(client, grant_type="refresh_token", refresh_token=refresh_token)

    def call(self, token: str, path: str = "/v1/decisions", proof: str | None = None, **headers: str) -> "Response":
        """Call the API with a bound token and a proof."""
        sent = {"authorization": f"DPoP {token}", "dpop": proof or self.proof("GET", path, token)} | headers
        return new_client(**sent).get(path)
