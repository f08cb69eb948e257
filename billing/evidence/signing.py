"""The key that signs packs and approvals: Ed25519, so that the same manifest has the same signature.

Tokens are signed by keys that are replaced each month and then gone (`accounts.keystore.rotation`); a pack must be
believed for years. So this is a key of its own, its private half wrapped by the key store, its public half published
for good.
"""

import base64
from functools import lru_cache

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import transaction

from accounts.keystore.stores import key_store
from billing.evidence.models import EvidenceKey
from billing.evidence.verify_pack import SIGNS, key_id

_CONTEXT = "evidence|{}"


def signature_of(name: str, content: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the signature file of ``manifest.json`` or ``approval.json``."""
    signed = base64.urlsafe_b64encode(key.sign(SIGNS[name] + content)).rstrip(b"=").decode()
    return rfc8785.dumps({"alg": "Ed25519", "kid": key_id(key.public_key()), "signature": signed})


def signing_key(kid: str = "") -> Ed25519PrivateKey:
    """Return a key by its id, or the newest, which is made where there is none; raises `KeyStoreError`."""
    rows = EvidenceKey.objects.filter(kid=kid) if kid else EvidenceKey.objects.order_by("-created_at", "-kid")
    row = rows.first() or new_key()
    return _opened(row.kid, row.wrapped)


@transaction.atomic
def new_key() -> EvidenceKey:
    """Make a key that signs from now on; the former ones go on being published."""
    key = Ed25519PrivateKey.generate()
    kid = key_id(key.public_key())
    wrapped = base64.b64encode(key_store().wrap(key.private_bytes_raw(), _CONTEXT.format(kid))).decode()
    return EvidenceKey.objects.create(kid=kid, public=key.public_key().public_bytes_raw(), wrapped=wrapped)


def as_pem(row: EvidenceKey) -> str:
    """Return the public half as ``verify_pack --key`` takes it."""
    key = Ed25519PublicKey.from_public_bytes(bytes(row.public))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def as_jwk(row: EvidenceKey) -> dict[str, str]:
    """Return the public half as a JWK (RFC 8037, 2)."""
    x = base64.urlsafe_b64encode(bytes(row.public)).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": row.kid, "x": x, "pem": as_pem(row)}


@lru_cache(maxsize=4)
def _opened(kid: str, wrapped: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key_store().unwrap(base64.b64decode(wrapped), _CONTEXT.format(kid)))
