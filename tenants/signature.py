"""The key under which scopes are signed, derived from ``SECRET_KEY``."""

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

_BLOCK = 64  # SHA-256's block length in bytes, RFC 2104


def scope_key() -> bytes:
    """Return the 32-byte key that signs `app.scope`."""
    return _derived(settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _derived(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"tidegate.scope.v1", "sha256")


def hmac_pads() -> list[tuple[bytes, bytes]]:
    """Return (inner, outer) pads of HMAC-SHA256 for the current key and the ones being retired.

    The database keeps these two blocks instead of the key, so that it can verify with its built-in ``sha256()``:
    HMAC(k, m) = sha256(outer || sha256(inner || m)), RFC 2104.
    """
    padded = [key.ljust(_BLOCK, b"\0") for key in _keys()]
    return [(bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5C for b in key)) for key in padded]


def derive(secret_name: str, material: bytes) -> bytes:
    """Return 32 bytes bound to this installation, a purpose and `material`."""
    return derivations(secret_name, material)[0]


def derivations(secret_name: str, material: bytes) -> list[bytes]:
    """Return what `derive` gives under the current key and under each one being retired, in that order."""
    message = hashlib.sha256(secret_name.encode()).digest() + material
    return [hmac.digest(key, message, "sha256") for key in _keys()]


def _keys() -> list[bytes]:
    return [_derived(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
