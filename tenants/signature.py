"""The key under which scopes are signed, derived from ``SECRET_KEY``."""

import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings

_BLOCK = 64  # SHA-256's block length in bytes, RFC 2104


def scope_key() -> bytes:
    """Return the 32-byte key that signs what opens a scope."""
    return _derived(settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _derived(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"tidegate.scope.v1", "sha256")


def hmac_pads() -> list[tuple[bytes, bytes]]:
    """Return (inner, outer) pads of HMAC-SHA256 for the current key and the ones being retired.

    The database keeps these two blocks instead of the key, so that it can verify with its built-in ``sha256()``:
    HMAC(k, m) = sha256(outer || sha256(inner || m)), RFC 2104.
    """
    return [_pads(key) for key in _keys()]


def derive(secret_name: str, material: bytes) -> bytes:
    """Return 32 bytes bound to this installation, a purpose and `material`."""
    return derivations(secret_name, material)[0]


def derivations(secret_name: str, material: bytes) -> list[bytes]:
    """Return what `derive` gives under the current key and under each one being retired, in that order."""
    return [derived(material) for derived in derivers(secret_name)]


def derivers(secret_name: str) -> list[Callable[[bytes], bytes]]:
    """Return the derivations for one purpose as functions, for those who derive from much material."""
    return [_deriver(key, secret_name) for key in _keys()]


@lru_cache(maxsize=64)
def _deriver(key: bytes, secret_name: str) -> Callable[[bytes], bytes]:
    """Return HMAC-SHA256 whose first blocks are hashed once; for short material that is half of the work."""
    first, last = _pads(key)
    inner = hashlib.sha256(first + hashlib.sha256(secret_name.encode()).digest())
    outer = hashlib.sha256(last)

    def derived(material: bytes) -> bytes:
        begun, ended = inner.copy(), outer.copy()
        begun.update(material)
        ended.update(begun.digest())
        return ended.digest()

    return derived


def _pads(key: bytes) -> tuple[bytes, bytes]:
    padded = key.ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


def _keys() -> list[bytes]:
    return [_derived(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
