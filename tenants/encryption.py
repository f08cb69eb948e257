"""Sealing of single fields: AES-256-GCM, bound to what the value is for. Floor: imports only Django.

A sealed value is ``v1.<key id>.<base64url(nonce || ciphertext || tag)>``; its associated data is the context the caller
names (table, column, tenant), so that a value moved to another place does not open.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Model

_NONCE = 12  # bytes, NIST SP 800-38D 8.2


class SealBroken(Exception):
    """The value was altered, moved, or sealed under a key that is gone."""


def seal(plaintext: bytes, context: str) -> str:
    """Return `plaintext` sealed for `context`."""
    key_id, cipher = _cipher(settings.SECRET_KEY)
    nonce = os.urandom(_NONCE)
    sealed = nonce + cipher.encrypt(nonce, plaintext, _associated(context, key_id))
    return f"v1.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str, context: str) -> bytes:
    """Return what was sealed for `context`; raises `SealBroken`."""
    version, key_id, encoded = [*sealed.split("."), "", ""][:3]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        candidate, cipher = _cipher(secret)
        if version == "v1" and candidate == key_id:
            raw = base64.urlsafe_b64decode(encoded)
            try:
                return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _associated(context, key_id))
            except InvalidTag as error:
                raise SealBroken("The value was altered or moved.") from error
    raise SealBroken("The value was sealed under a key that is not known here.")


def reseal(sealed: str, context: str) -> str:
    """Return a value sealed under the present key: the same text where it is already; raises `SealBroken`."""
    return sealed if sealed.startswith(present_mark()) else seal(unseal(sealed, context), context)


def present_mark() -> str:
    """Return how a value begins that is sealed under the present key."""
    return f"v1.{_cipher(settings.SECRET_KEY)[0]}."


class Resealed(StrEnum):
    """What became of a row that holds something sealed, while keys are replaced."""

    ANEW = "sealed anew"
    PRESENT = "under the present key before"
    BROKEN = "not to be opened"


def reseal_row(row: Model, field: str, anew: Callable[[Any], Any]) -> Resealed:
    """Save what `anew` makes of a field of a row that the caller has locked."""
    try:
        renewed = anew(getattr(row, field))
    except SealBroken:
        return Resealed.BROKEN
    if renewed == getattr(row, field):
        return Resealed.PRESENT
    setattr(row, field, renewed)
    row.save(update_fields=[field])
    return Resealed.ANEW


def _associated(context: str, key_id: str) -> bytes:
    return f"{context}|{key_id}".encode()


@lru_cache(maxsize=4)
def _cipher(secret: str) -> tuple[str, AESGCM]:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tidegate.fields.v1").derive(secret.encode())
    return hashlib.sha256(key).hexdigest()[:8], AESGCM(key)
