"""Public keys of services: read from a JWK or PEM, judged, and made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.exceptions import ValidationError
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

LONGEST = 8_192
"""Characters of an upload: a JWK of RSA 4096 has about 800."""
SMALLEST_RSA, LARGEST_RSA = 2048, 4096
_LEAST_EXPONENT, _EXPONENT_BELOW = 65_537, 2**32
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_ALGORITHMS = {"EC": "ES256", "OKP": "EdDSA", "RSA": "RS256"}
_MEMBERS = ("kty", "crv", "x", "y", "n", "e")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that is good enough: its thumbprint (RFC 7638), the one algorithm it is for, and its public members."""

    kid: str
    algorithm: str
    jwk: dict[str, str]


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that was made here, in the two forms in which people keep one. It is not stored."""

    public: PublicKey
    pem: str
    jwk: str


def read(text: str) -> PublicKey:
    """Return the key of an upload; raises `ValidationError` that says what is wrong with it."""
    text = text.strip()
    if len(text) > LONGEST:
        raise ValidationError(f"Give {LONGEST:,} characters at most.")
    if "PRIVATE KEY" in text:
        raise _private()
    return read_jwk(_json(text)) if text.startswith("{") else _judged(_from_pem(text))


def read_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the key of a JWK; raises `ValidationError` that says what is wrong with it."""
    if "kty" not in jwk:
        raise ValidationError("This is no JWK: kty is missing. Of a set, give one key.")
    if _PRIVATE & set(jwk):
        raise _private()
    _must_be_for_signatures(jwk)
    if jwk["kty"] == "RSA" and not SMALLEST_RSA <= len(str(jwk.get("n"))) * 6 <= LARGEST_RSA + 6:
        raise ValidationError(f"An RSA key needs {SMALLEST_RSA} to {LARGEST_RSA} bits.")
    try:
        key: Key = import_key({name: jwk[name] for name in _MEMBERS if name in jwk})
        public = _judged(key)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm) as error:
        raise ValidationError("This JWK is not a public key that we can read.") from error
    if jwk.get("alg") not in {None, public.algorithm, "Ed25519"}:
        declared = str(jwk["alg"])[:40]
        raise ValidationError(f"This JWK is for {declared}; keys of its kind are accepted for {public.algorithm}.")
    return public


def generate() -> PrivateKey:
    """Make a P-256 key for ES256."""
    key = ECKey.generate_key("P-256")
    public = _judged(key)
    secret = {**key.as_dict(private=True), "kid": public.kid, "alg": public.algorithm, "use": "sig"}
    return PrivateKey(public, key.as_pem(private=True).decode(), json.dumps(secret, indent=2))


def weakness(public: object) -> str:
    """Return what is wrong with a key of the cryptography package, as a sentence; "" if nothing is."""
    if isinstance(public, RSAPublicKey):
        if not SMALLEST_RSA <= public.key_size <= LARGEST_RSA:
            return f"An RSA key needs {SMALLEST_RSA} to {LARGEST_RSA} bits; this one has {public.key_size}."
        if not _LEAST_EXPONENT <= public.public_numbers().e < _EXPONENT_BELOW:
            return "The exponent of an RSA key must be 65537 or a little larger."
        return ""
    if isinstance(public, EllipticCurvePublicKey):
        return "" if isinstance(public.curve, SECP256R1) else "Of elliptic curves only P-256 is accepted."
    return "" if isinstance(public, Ed25519PublicKey) else "Use a P-256, an Ed25519 or an RSA key."


def _json(text: str) -> dict[str, Any]:
    """Return the JWK in `text`, or the only one of a set."""
    try:
        said: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError("This is not JSON.") from error
    listed = said.get("keys")
    return listed[0] if isinstance(listed, list) and len(listed) == 1 and isinstance(listed[0], dict) else said


def _must_be_for_signatures(jwk: Mapping[str, Any]) -> None:
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise ValidationError("This JWK is not for signatures.")


def _public(key: Key) -> object:
    return key.public_key if isinstance(key, ECKey | OKPKey | RSAKey) else None


def _from_pem(text: str) -> Key:
    if "BEGIN CERTIFICATE" in text:
        raise ValidationError("This is a certificate. Take the key out of it: openssl x509 -pubkey -noout.")
    try:
        public = load_pem_public_key(text.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValidationError("This is neither a JWK nor a public key in PEM.") from error
    if found := weakness(public):
        raise ValidationError(found)
    if isinstance(public, RSAPublicKey):
        return RSAKey.import_key(text)
    return ECKey.import_key(text) if isinstance(public, EllipticCurvePublicKey) else OKPKey.import_key(text)


def _judged(key: Key) -> PublicKey:
    if found := weakness(_public(key)):
        raise ValidationError(found)
    public = key.as_dict(private=False)
    jwk = {name: str(public[name]) for name in _MEMBERS if name in public}
    return PublicKey(key.thumbprint(), _ALGORITHMS[key.key_type], jwk)


def _private() -> ValidationError:
    return ValidationError(
        "This is a private key. Nothing was stored, but it has left your machine: "
        "make another one and give its public half."
    )
