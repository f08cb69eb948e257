"""A key store behind PKCS#11 2.40, a hardware security module or SoftHSM2: keys are made in it and never leave it.

A session may be used by one thread at a time and does not survive a fork: each process has one, behind a lock.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from accounts.keystore.protocol import KeyStoreError, PublicKey

WRAPPING = "tidegate-wrapping"
_NONCE = 12  # bytes
_TAG = 128  # bits
_SECRET = {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True}


class Pkcs11KeyStore:
    """Keys in one token of a module; `module` is the path of its library, `pin` the user's."""

    backend = "pkcs11"

    def __init__(self, module: str, token: str, pin: str) -> None:
        self._module, self._token, self._pin = module, token, pin
        self._lock = threading.Lock()
        self._session: Any = None
        self._pid = 0

    def create(self, name: str) -> PublicKey:
        with self._open() as session:
            curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
            parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
            public, _ = parameters.generate_keypair(
                store=True, label=_label(name), id=name.encode(), private_template=_SECRET
            )
            point = public[Attribute.EC_POINT][-64:]  # DER of an octet string: 04 || x || y (SEC 1, 2.3.3)
            return PublicKey(point[:32], point[32:])

    def sign(self, name: str, message: bytes) -> bytes:
        digest = hashlib.sha256(message).digest()
        with self._open() as session:
            key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=_label(name))
            signature: bytes = key.sign(digest, mechanism=Mechanism.ECDSA)
            return signature

    def destroy(self, name: str) -> None:
        with self._open() as session:
            for key in session.get_objects({Attribute.LABEL: _label(name)}):
                key.destroy()

    def wrap(self, data_key: bytes, context: str) -> bytes:
        nonce = os.urandom(_NONCE)
        with self._open() as session:
            parameters = GCMParams(nonce, context.encode(), _TAG)
            sealed: bytes = self._wrapping(session).encrypt(
                data_key, mechanism=Mechanism.AES_GCM, mechanism_param=parameters
            )
            return nonce + sealed

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        with self._open() as session:
            parameters = GCMParams(wrapped[:_NONCE], context.encode(), _TAG)
            opened: bytes = self._wrapping(session).decrypt(
                wrapped[_NONCE:], mechanism=Mechanism.AES_GCM, mechanism_param=parameters
            )
            return opened

    def _wrapping(self, session: Any) -> Any:  # noqa: ANN401 (the package has no types)
        """Return the wrapping key, made at first use."""
        asked = {"object_class": ObjectClass.SECRET_KEY, "label": WRAPPING}
        try:
            return session.get_key(**asked)
        except pkcs11.NoSuchKey:
            return session.generate_key(KeyType.AES, 256, store=True, label=WRAPPING, template=_SECRET)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        """Yield this process's session; one that failed is opened anew for the next caller."""
        with self._lock:
            try:
                if self._session is None or self._pid != os.getpid():
                    self._session, self._pid = self._logged_in(), os.getpid()
                yield self._session
            except pkcs11.NoSuchKey as error:
                raise KeyStoreError("The module holds no such key.") from error
            except (pkcs11.PKCS11Error, RuntimeError) as error:
                self._session = None
                raise KeyStoreError(f"The module refused: {type(error).__name__}.") from error

    def _logged_in(self) -> Any:  # noqa: ANN401
        library = pkcs11.lib(self._module)
        if self._pid:  # after a fork, or after a failure: what the module remembers is another process's or broken
            library.reinitialize()
        token = library.get_token(token_label=self._token)
        try:
            return token.open(user_pin=self._pin, rw=True)
        except pkcs11.UserAlreadyLoggedIn:  # a process logs in once, for all its sessions (PKCS#11 2.40, 5.6)
            return token.open(rw=True)


def _label(name: str) -> str:
    return f"tidegate-{name}"
