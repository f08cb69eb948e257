"""Is this text an access token of ours? Signature, header and every claim are looked at before anything is read.

Nothing that the token says chooses how it is verified: the algorithm is ES256, the keys are those that are published
(`accounts.keystore`), the header has three members and no room for another.
"""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from accounts.keystore.jwks import as_jwk
from accounts.keystore.rotation import phases
from accounts.oauth import tokens
from audit.reasons import Reason

LONGEST = 4096
_KEPT = 5
"""Seconds for which a process goes on with the published keys it read."""
_HEADER = {"alg", "typ", "kid"}
_TEXTS = ("sub", "client_id", "scope", "org", "kind", "jti")
_NAMES = {"iss", "aud", "iat", "exp", *_TEXTS}
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
CLOCKS = 60
"""Seconds by which a token may seem to come from the future."""


class NotOurs(Exception):
    """No token of ours that is good now; the reason goes to the record."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token of ours says. Whether it was revoked, and what its owner may do now, is in the database."""

    jti: uuid.UUID
    org_id: uuid.UUID
    kind: str
    subject: str
    client_id: str
    scope: str
    issued_at: int
    expires_at: int
    kid: str
    jkt: str = ""


def verified(token: str, now: float | None = None) -> Verified:
    """Return what `token` says; raises `NotOurs`."""
    if len(token) > LONGEST or not token.isascii() or token.count(".") != 2:
        raise NotOurs(Reason.TOKEN_MALFORMED)
    header, claims = _parts(token)
    kid = _kid(header)
    key = published().get(kid)
    if key is None:
        raise NotOurs(Reason.TOKEN_INVALID)
    try:
        jws.deserialize_compact(token, key, algorithms=["ES256"])
    except (JoseError, ValueError) as error:
        raise NotOurs(Reason.TOKEN_INVALID) from error
    return _checked(claims, kid, time.time() if now is None else now)


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        read = jws.extract_compact(token.encode())
        header, claims = read.headers(), orjson.loads(read.payload)
    except (JoseError, ValueError, RecursionError) as error:
        raise NotOurs(Reason.TOKEN_MALFORMED) from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise NotOurs(Reason.TOKEN_MALFORMED)
    return header, claims


def _kid(header: Mapping[str, Any]) -> str:
    kid = header.get("kid")
    if set(header) != _HEADER or header["alg"] != "ES256" or header["typ"] != tokens.ACCESS_TYPE:
        raise NotOurs(Reason.TOKEN_INVALID)
    if not isinstance(kid, str):
        raise NotOurs(Reason.TOKEN_INVALID)
    return kid


def _checked(claims: dict[str, Any], kid: str, now: float) -> Verified:
    jkt = _bound_to(claims)
    if set(claims) != _NAMES or not all(isinstance(claims[name], str) for name in _TEXTS):
        raise NotOurs(Reason.TOKEN_INVALID)
    issued, expires = claims["iat"], claims["exp"]
    if type(issued) is not int or type(expires) is not int or claims["kind"] not in {tokens.USER, tokens.SERVICE}:
        raise NotOurs(Reason.TOKEN_INVALID)
    if claims["iss"] != tokens.issuer() or claims["aud"] != tokens.audience() or issued > now + CLOCKS:
        raise NotOurs(Reason.TOKEN_INVALID)
    if expires <= now:
        raise NotOurs(Reason.TOKEN_EXPIRED)
    try:
        jti, org_id = uuid.UUID(claims["jti"]), uuid.UUID(claims["org"])
    except ValueError as error:
        raise NotOurs(Reason.TOKEN_INVALID) from error
    who = (claims["kind"], claims["sub"], claims["client_id"], claims["scope"])
    return Verified(jti, org_id, *who, issued, expires, kid, jkt)


def _bound_to(claims: dict[str, Any]) -> str:
    """Take the key that a token is bound to out of its claims (RFC 9449, 6.1); "" of a bearer token."""
    if "cnf" not in claims:
        return ""
    cnf = claims.pop("cnf")
    jkt = cnf.get("jkt") if isinstance(cnf, dict) and len(cnf) == 1 else None
    if not isinstance(jkt, str) or _THUMBPRINT.fullmatch(jkt) is None:
        raise NotOurs(Reason.TOKEN_INVALID)
    return jkt


def published() -> Mapping[str, ECKey]:
    """Return the keys that verify now, by `kid`; a revoked one is gone within five seconds."""
    return _published(int(time.time()) // _KEPT)


@lru_cache(maxsize=1)
def _published(_when: int) -> Mapping[str, ECKey]:
    return {phase.key.kid: ECKey.import_key(as_jwk(phase.key)) for phase in phases() if phase.is_published}  # type: ignore[arg-type]
