"""Who a client is: its id, and for a confidential one the assertion it signed (RFC 7523, 2.2 and 3)."""

import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from accounts.oauth import tokens
from accounts.oauth.models import Application, UsedAssertion
from tenants.credentials import org_of

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["ES256", "PS256", "Ed25519"]
LONGEST_LIFE = 300
"""Seconds that an assertion may be good for."""
SLACK = 30
LONGEST = 4096
SERVICE_PREFIX = "svc_"
TOKEN_PATH = "/oauth/token"


def presented_id(parameters: Mapping[str, str]) -> str:
    """Return the client id that a request to the token endpoint names, believed of nobody yet; "" where none is.

    An assertion that names another client than the parameter names none.
    """
    named = parameters.get("client_id", "")
    asserted = _unverified_subject(parameters.get("client_assertion", ""))
    if named and asserted and named != asserted:
        return ""
    return (asserted or named)[:60]


def organization_of(client_id: str) -> uuid.UUID | None:
    """Return the tenant of a client; `None` where there is no such client."""
    return org_of(client_id) if client_id and client_id.isascii() and client_id.isprintable() else None


def authenticate(application: Application, assertion: str) -> bool:
    """Tell whether the application signed `assertion`, for us, now, and for the first time; its scope must be open."""
    if application.is_public or len(assertion) > LONGEST:
        return False
    try:
        token = jwt.decode(assertion, KeySet.import_key_set(application.jwks), algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    claims = token.claims
    return _is_about(claims, application.client_id) and _is_first(claims, application)


def _is_about(claims: dict[str, Any], client_id: str) -> bool:
    now = time.time()
    expires, issued, not_before = (claims.get(name, now) for name in ("exp", "iat", "nbf"))
    if not all(isinstance(moment, int | float) for moment in (expires, issued, not_before)):
        return False
    audiences = claims.get("aud")
    ours = {tokens.issuer(), f"{tokens.issuer()}{TOKEN_PATH}"}
    return (
        claims.get("iss") == claims.get("sub") == client_id
        and (audiences if isinstance(audiences, str) else _only(audiences)) in ours
        and "exp" in claims
        and now < expires <= now + LONGEST_LIFE + SLACK
        and max(issued, not_before) <= now + SLACK
    )


def _only(audiences: object) -> str:
    """Return the one member of a list; "" for anything else, such as a list for several servers."""
    return audiences[0] if isinstance(audiences, list) and len(audiences) == 1 and isinstance(audiences[0], str) else ""


def _is_first(claims: dict[str, Any], application: Application) -> bool:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 8 <= len(jti) <= 256:
        return False
    _, first = UsedAssertion.objects.get_or_create(
        application=application,
        jti_hash=hashlib.sha256(jti.encode()).digest(),
        defaults={"expires_at": datetime.fromtimestamp(claims["exp"] + SLACK, UTC)},
    )
    return bool(first)


def _unverified_subject(assertion: str) -> str:
    if not assertion or len(assertion) > LONGEST:
        return ""
    try:
        subject = json.loads(jws.extract_compact(assertion.encode()).payload).get("sub")
    except (JoseError, ValueError, AttributeError, RecursionError):
        return ""
    return subject if isinstance(subject, str) else ""
