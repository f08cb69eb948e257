"""A key store in a folder: the default, for one machine or a folder that several share.

Each key is a file of mode 0600: nonce || AES-256-GCM of the private scalar, under a key that scrypt makes of
`KEYSTORE_PASSWORD` (RFC 7914; n = 2^17, r = 8, p = 1: OWASP's Password Storage Cheat Sheet) and the folder's salt.
"""

import os
import secrets
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from accounts.keystore.protocol import KeyStoreError, PublicKey

_N, _R, _P = 2**17, 8, 1
_SALT, _NONCE, _SCALAR = 16, 12, 32  # bytes
WRAPPING = "wrapping"
"""The name under which the wrapping key is bound; no signing key is called so."""


class FileKeyStore:
    """Keys in the files of a folder, opened with a password."""

    backend = "file"

    def __init__(self, folder: Path, password: str) -> None:
        self._folder = folder
        self._password = password
        self._opened: dict[str, ec.EllipticCurvePrivateKey] = {}

    def create(self, name: str) -> PublicKey:
        key = ec.generate_private_key(ec.SECP256R1())
        scalar = key.private_numbers().private_value.to_bytes(_SCALAR)
        _write_new(self._path(name), self._encrypted(scalar, name))
        public = key.public_key().public_numbers()
        return PublicKey(public.x.to_bytes(_SCALAR), public.y.to_bytes(_SCALAR))

    def sign(self, name: str, message: bytes) -> bytes:
        key = self._opened.get(name) or self._open(name)
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(_SCALAR) + s.to_bytes(_SCALAR)

    def destroy(self, name: str) -> None:
        self._opened.pop(name, None)
        self._path(name).unlink(missing_ok=True)

    def wrap(self, data_key: bytes, context: str) -> bytes:
        return self._encrypted(data_key, f"{WRAPPING}|{context}")

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return self._decrypted(wrapped, f"{WRAPPING}|{context}")

    def _open(self, name: str) -> ec.EllipticCurvePrivateKey:
        try:
            kept = self._path(name).read_bytes()
        except OSError as error:
            raise KeyStoreError(f"There is no key {name} in the folder of keys.") from error
        scalar = int.from_bytes(self._decrypted(kept, name))
        key = self._opened[name] = ec.derive_private_key(scalar, ec.SECP256R1())
        return key

    def _encrypted(self, plain: bytes, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def _decrypted(self, kept: bytes, purpose: str) -> bytes:
        try:
            return self._cipher.decrypt(kept[:_NONCE], kept[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyStoreError(
                "A key does not open: it was altered, moved, or KEYSTORE_PASSWORD is another."
            ) from error

    @cached_property
    def _cipher(self) -> AESGCM:
        key = Scrypt(salt=self._salt(), length=32, n=_N, r=_R, p=_P).derive(self._password.encode())
        return AESGCM(key)

    def _salt(self) -> bytes:
        """Return the folder's salt; whoever comes first makes it."""
        path = self._folder / "salt"
        if not path.exists():
            _write_once(path, secrets.token_bytes(_SALT))
        return path.read_bytes()

    def _path(self, name: str) -> Path:
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise KeyStoreError("That is no name of a key.")
        return self._folder / f"{name}.key"


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that must not exist yet, whole or not at all, for its owner's eyes only."""
    if not _write_once(path, content):
        raise KeyStoreError(f"There is a key {path.stem} already.")


def _write_once(path: Path, content: bytes) -> bool:
    """Write a file unless it exists; tells whether it did."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    return True
