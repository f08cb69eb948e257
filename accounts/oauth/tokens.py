"""Making tokens: access tokens (RFC 9068) and id tokens, both ES256 under the keys of `accounts.keystore`."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from oauthlib.common import Request

from accounts.keystore.rotation import TOKEN_LIFE
from accounts.keystore.tokens import signed
from tenants.credentials import new_token

ACCESS_TYPE = "at+jwt"
"""The ``typ`` of access tokens (RFC 9068, 2.1); no other kind of token has it."""
ID_TYPE = "JWT"
USER, SERVICE = "user", "service"
LIFE = int(TOKEN_LIFE.total_seconds())
BOUND_TO = "tidegate.jkt"
"""Where in a request's META the token endpoint leaves the key that was proved; no header is named so."""
REFRESH_PREFIX = "tg_refresh_"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an access token says: whose it is (`subject`), through which client, for which organisation and scopes.

    `jkt` is the thumbprint of the key that it is bound to; "" leaves it a bearer token.
    """

    kind: str
    subject: str
    client_id: str
    scope: str
    org_id: uuid.UUID
    jti: uuid.UUID
    jkt: str = ""


def issuer() -> str:
    """Return who signs: the address at which the discovery documents are."""
    return str(settings.BASE_URL)


def audience() -> str:
    """Return whom access tokens are for: the API."""
    return f"{settings.BASE_URL}/v1"


def mint(wanted: Wanted) -> str:
    """Return an access token that is good for `LIFE` seconds; raises `KeyStoreError`."""
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": issuer(),
        "sub": wanted.subject,
        "aud": audience(),
        "client_id": wanted.client_id,
        "scope": wanted.scope,
        "org": str(wanted.org_id),
        "kind": wanted.kind,
        "jti": str(wanted.jti),
        "iat": now,
        "exp": now + LIFE,
    }
    return signed(claims | ({"cnf": {"jkt": wanted.jkt}} if wanted.jkt else {}), ACCESS_TYPE)


def for_person(request: Request) -> str:
    """Return the access token of a person's consent, and leave its `jti` on the request for whoever writes it down."""
    request.jti = uuid.uuid4()
    client = request.client
    scope, jkt = " ".join(request.scopes), bound_to(request)
    return mint(Wanted(USER, str(request.user.pk), client.client_id, scope, client.org_id, request.jti, jkt))


def bound_to(request: Request) -> str:
    """Return the thumbprint of the key that a token request proved to hold; "" where it proved none."""
    jkt: str = request.headers.get(BOUND_TO) or ""
    return jkt


def type_of(jkt: str) -> str:
    """Return how a token is sent: its ``token_type``, and the scheme of the `Authorization` header."""
    return "DPoP" if jkt else "Bearer"


def new_refresh_token(request: Request) -> str:
    """Return a refresh token: 256 random bits under a prefix that scanners find."""
    return REFRESH_PREFIX + new_token()


def id_token(claims: Mapping[str, Any], request: Request, authenticated_at: int) -> str:
    """Return the id token of a person (OpenID Connect Core, 2), about whom it says what the scopes ask for."""
    user, now = request.user, int(time.time())
    about: dict[str, object] = {"iss": issuer(), "sub": str(user.pk), "iat": now, "exp": now + LIFE}
    about |= {"auth_time": authenticated_at, "jti": str(uuid.uuid4())}
    if "profile" in request.scopes:
        about["name"] = str(user)
    if "email" in request.scopes:
        about |= {"email": user.email, "email_verified": True}
    return signed({**claims, **about}, ID_TYPE)
