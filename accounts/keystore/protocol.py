"""What a key store can do. A private key never leaves it; everything else here works with public halves."""

from dataclasses import dataclass
from typing import Protocol


class KeyStoreError(Exception):
    """The store could not answer: it is closed, unreachable, or holds no such key. The caller must refuse."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a P-256 key: the coordinates, 32 bytes each (RFC 7518, 6.2.1)."""

    x: bytes
    y: bytes


class KeyStore(Protocol):
    """Keeps P-256 keys for ES256 (RFC 7518, 3.4) and one key that wraps data keys.

    `name` is unique in the store and made of ``A-Za-z0-9_-``. Every method raises `KeyStoreError`.
    """

    backend: str

    def create(self, name: str) -> PublicKey:
        """Make a signing key that cannot be exported, and return its public half."""

    def sign(self, name: str, message: bytes) -> bytes:
        """Return the ES256 signature of `message`: r and s, 32 bytes each."""

    def destroy(self, name: str) -> None:
        """Remove a signing key; one that is not there is no error."""

    def wrap(self, data_key: bytes, context: str) -> bytes:
        """Return `data_key` encrypted under the store's wrapping key, bound to `context`."""

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Return what was wrapped for `context`."""
