"""The provider's signing keys, from the pinned address: kept in the connection's row, fetched for an unknown `kid`.

An unknown `kid` costs the provider at most one request in `_PAUSE`, whatever tokens come in.
"""

from datetime import timedelta
from typing import Any

import orjson
from django.utils import timezone
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, RSAKey

from accounts.sso.asserted import AnswerRefused
from accounts.sso.models import Connection
from tenants import outgoing

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""What a provider may sign with: nothing symmetric, nothing unsigned."""
LARGEST = 65_536
_MOST = 30
_LEAST_RSA = 2048
_LEAST_MODULUS = 341  # characters of base64 that 2048 bits take; shorter ones are not even read
_FRESH = timedelta(hours=1)
_PAUSE = timedelta(seconds=30)


def key_for(connection: Connection, token: str) -> Key:
    """Return the key that a token of this connection names; raises `AnswerRefused`."""
    header = _header(token)
    kid, age = header.get("kid"), _age(connection)
    key = _choose(connection.keys, kid) if age is not None and age < _FRESH else None
    if key is None and (age is None or age > _PAUSE):
        _fetch(connection)
        key = _choose(connection.keys, kid)
    if key is None:
        raise AnswerRefused("The token names a key that the provider does not publish.")
    return key


def usable(keys: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (whatever JSON a provider answers with)
    """Return the signing keys of a JWK set that are strong enough."""
    listed = keys.get("keys") if isinstance(keys, dict) else None
    found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    signing = [each for each in found[:_MOST] if each.get("use", "sig") == "sig" and _imported(each) is not None]
    return [{name: each[name] for name in each if name in _PARTS} for each in signing]


_PARTS = {"kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"}


def _imported(jwk: dict[str, Any]) -> Key | None:
    """Return the key, unless it is symmetric, too weak or broken."""
    if jwk.get("kty") not in {"RSA", "EC", "OKP"} or (jwk["kty"] == "RSA" and len(str(jwk.get("n"))) < _LEAST_MODULUS):
        return None
    try:
        key = JWKRegistry.import_key({name: jwk[name] for name in jwk if name in _PARTS})
        strong = not isinstance(key, RSAKey) or key.raw_value.key_size >= _LEAST_RSA
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if strong else None


def _choose(keys: dict[str, Any], kid: object) -> Key | None:
    """Return the key with that `kid`; without one, the only key there is."""
    listed: list[dict[str, Any]] = keys.get("keys", [])
    named = [each for each in listed if each.get("kid") == kid] if kid is not None else listed
    return _imported(named[0]) if len(named) == 1 else None


def _header(token: str) -> dict[str, Any]:
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, UnicodeError) as error:
        raise AnswerRefused("The id_token is not a signed JWT.") from error
    return dict(header)


def _age(connection: Connection) -> timedelta | None:
    return timezone.now() - connection.keys_at if connection.keys_at else None


def _fetch(connection: Connection) -> None:
    """Get the keys from the pinned address; what is kept stays where that fails."""
    connection.keys_at = timezone.now()
    try:
        answer = outgoing.ask(connection.pinned["jwks_uri"], largest=LARGEST)
        found = usable(orjson.loads(answer.body)) if answer.status == 200 else []
    except (outgoing.Refused, orjson.JSONDecodeError) as error:
        connection.save(update_fields=["keys_at"])
        raise AnswerRefused(f"The provider's keys could not be fetched: {error}") from error
    if found:
        connection.keys = {"keys": found}
    connection.save(update_fields=["keys", "keys_at"])
