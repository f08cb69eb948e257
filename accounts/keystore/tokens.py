"""Signing JSON Web Tokens with the active key."""

import time
from collections.abc import Mapping
from functools import lru_cache

import orjson

from accounts.keystore.jwks import encoded
from accounts.keystore.protocol import KeyStoreError
from accounts.keystore.rotation import active
from accounts.keystore.stores import key_store

_REMEMBERED = 5
"""Seconds a process may go on with a key; a revoked one signs no longer than that."""


def signed(claims: Mapping[str, object], kind: str) -> str:
    """Return `claims` as a compact JWS under ES256; `kind` is its ``typ``. Raises `KeyStoreError`."""
    kid = _active_kid(int(time.time()) // _REMEMBERED)
    header = orjson.dumps({"alg": "ES256", "typ": kind, "kid": kid})
    message = f"{encoded(header)}.{encoded(orjson.dumps(claims))}"
    return f"{message}.{encoded(key_store().sign(kid, message.encode()))}"


@lru_cache(maxsize=1)
def _active_kid(_when: int) -> str:
    key = active()
    if key is None:
        raise KeyStoreError("No key signs: the worker has not made one yet.")
    return key.kid
