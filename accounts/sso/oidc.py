"""OpenID Connect: the code flow with PKCE, state and nonce, and an id_token that is believed only when all of it holds.

Issuer, endpoints, algorithms and client id are those pinned in the connection; nothing in the answer can change them.
Keys come from the pinned address alone: `jku`, `x5u`, `x5c` and `jwk` in a token's header are not looked at.
"""

import base64
import hashlib
import hmac
import secrets
import time
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.conf import settings
from django.urls import reverse
from joserfc import jwt
from joserfc.errors import JoseError

from accounts.sso import oidc_keys
from accounts.sso.asserted import AnswerRefused, Asserted, checked_subject, group_names
from accounts.sso.domains import proved_names
from accounts.sso.models import Connection, sealed_for
from tenants import outgoing
from tenants.encryption import SealBroken, unseal

SCOPES = "openid email profile"
GOOGLE = "https://accounts.google.com"
"""The one issuer that is everybody's: with a private account there, an address at a domain outlives the job."""
LONGEST_TOKEN = 32_768
_LARGEST_ANSWER = 131_072
_LEEWAY = 60  # seconds that clocks may differ
_OLDEST = 600  # seconds since it was issued; a sign-in takes no longer
Pending = dict[str, str]
"""What the browser's session keeps of a sign-in that was begun."""


def redirect_uri(connection: Connection) -> str:
    """Return where the provider sends people back to."""
    return settings.BASE_URL + reverse("sso_callback", args=[connection.provider_id])


def begin(connection: Connection) -> tuple[str, Pending]:
    """Return the provider's address to go to, and what to keep until the answer; `state` is its key."""
    verifier, nonce, state = (secrets.token_urlsafe(48) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": connection.pinned["client_id"],
        "redirect_uri": redirect_uri(connection),
        "scope": connection.pinned.get("scope") or SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    endpoint: str = connection.pinned["authorization_endpoint"]
    joint = "&" if "?" in endpoint else "?"
    return f"{endpoint}{joint}{urlencode(query)}", {"state": state, "nonce": nonce, "verifier": verifier}


def finish(connection: Connection, pending: Pending, code: str) -> Asserted:
    """Exchange a code and return what the provider says of the person; raises `AnswerRefused`."""
    tokens = _exchange(connection, pending, code)
    claims = verified(connection, tokens.get("id_token"), pending["nonce"])
    if connection.pinned["issuer"] == GOOGLE and claims.get("hd") not in proved_names():
        raise AnswerRefused("The account is none of your own Workspace (claim hd).")
    return _asserted(connection, _with_userinfo(connection, claims, tokens.get("access_token")))


def verified(connection: Connection, token: object, nonce: str) -> dict[str, Any]:
    """Return the claims of an id_token of this connection; raises `AnswerRefused` (OpenID Connect Core 3.1.3.7)."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise AnswerRefused("There is no id_token, or one that is too large.")
    key = oidc_keys.key_for(connection, token)
    try:
        decoded = jwt.decode(token, key, algorithms=connection.pinned["algorithms"])
        _registry(connection).validate(decoded.claims)
    except (JoseError, ValueError, TypeError) as error:
        raise AnswerRefused(f"The id_token was not accepted: {error}.") from error
    claims = decoded.claims
    _check_audience(connection, claims)
    if claims["iat"] < time.time() - _OLDEST:
        raise AnswerRefused("The id_token was issued too long ago.")
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise AnswerRefused("The id_token answers another sign-in (nonce).")
    return claims


def _registry(connection: Connection) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=_LEEWAY,
        iss={"essential": True, "value": connection.pinned["issuer"]},
        aud={"essential": True, "value": connection.pinned["client_id"]},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )


def _check_audience(connection: Connection, claims: dict[str, Any]) -> None:
    """Who else the token is for must not be able to use it here: `azp` names us wherever it is, or must be."""
    ours = connection.pinned["client_id"]
    several = isinstance(claims["aud"], list) and claims["aud"] != [ours]
    if (several or "azp" in claims) and claims.get("azp") != ours:
        raise AnswerRefused("The id_token was issued to another client (azp).")


def _exchange(connection: Connection, pending: Pending, code: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(connection),
        "code_verifier": pending["verifier"],
    }
    headers = {"Accept": "application/json"}
    client_id, secret = connection.pinned["client_id"], _secret(connection)
    if connection.pinned["token_auth"] == "client_secret_basic":
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": client_id, "client_secret": secret}
    return _json(connection.pinned["token_endpoint"], "The token endpoint", urlencode(form).encode(), headers)


def _with_userinfo(connection: Connection, claims: dict[str, Any], access_token: object) -> dict[str, Any]:
    """Add what only the userinfo endpoint says, where it speaks of the same subject (OpenID Connect Core 5.3.2)."""
    endpoint = connection.pinned.get("userinfo_endpoint")
    missing = {"email", connection.groups_claim} - claims.keys()
    if not endpoint or not missing or not isinstance(access_token, str):
        return claims
    said = _json(endpoint, "The userinfo endpoint", None, {"Authorization": f"Bearer {access_token}"})
    if said.get("sub") != claims["sub"]:
        raise AnswerRefused("The userinfo endpoint speaks of another subject.")
    return {**said, **claims}


def _json(url: str, what: str, form: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
    try:
        answer = outgoing.ask(url, form=form, headers=headers, largest=_LARGEST_ANSWER)
        body = orjson.loads(answer.body)
    except (outgoing.Refused, orjson.JSONDecodeError) as error:
        raise AnswerRefused(f"{what} did not answer with JSON: {error}") from error
    if answer.status != 200 or not isinstance(body, dict):
        said = body.get("error") if isinstance(body, dict) else ""
        raise AnswerRefused(f"{what} answered {answer.status} {str(said or '')[:60]}".strip() + ".")
    return body


def _asserted(connection: Connection, claims: dict[str, Any]) -> Asserted:
    email, verified_, name = claims.get("email"), claims.get("email_verified"), claims.get("name")
    factors = claims.get("amr")
    return Asserted(
        subject=checked_subject(claims["sub"]),
        email=email.lower() if isinstance(email, str) else "",
        email_verified=None if verified_ is None else verified_ in (True, "true"),
        name=name[:80] if isinstance(name, str) else "",
        groups=group_names(claims.get(connection.groups_claim)),
        factors=group_names(factors) if factors else (),
        claims=claims,
    )


def _secret(connection: Connection) -> str:
    try:
        return unseal(connection.secret, sealed_for(connection.id, "secret")).decode()
    except SealBroken as error:
        raise AnswerRefused("The client secret cannot be opened any more; enter it again.") from error
