"""A passkey in software: it answers a site's questions as a phone would, and lies wherever a test tells it to."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

UP, UV, AT = AuthenticatorData.FLAG.UP, AuthenticatorData.FLAG.UV, AuthenticatorData.FLAG.AT
NO_MODEL = bytes(16)


@dataclass(slots=True)
class SoftwarePasskey:
    """One credential. `counter` grows with each use; `flags` are what the authenticator claims of its user."""

    origin: str = "http://testserver"
    rp_id: str = "testserver"
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    counter: int = 0
    flags: AuthenticatorData.FLAG = UP | UV

    def register(self, challenge: str, algorithm: int | None = None) -> dict[str, Any]:
        """Return what a browser sends after `navigator.credentials.create()`; `challenge` as the site wrote it."""
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        if algorithm is not None:
            public[3] = algorithm
        made = AttestedCredentialData.create(NO_MODEL, self.credential_id, public)
        data = AuthenticatorData.create(self._rp(), self.flags | AT, self.counter, made)
        attested = AttestationObject.create("none", data, {})
        said = self._client_data("webauthn.create", challenge)
        response = {"clientDataJSON": websafe_encode(said), "attestationObject": websafe_encode(attested)}
        return self._answer(response) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def answer(self, challenge: str, user_handle: bytes = b"") -> dict[str, Any]:
        """Return what a browser sends after `navigator.credentials.get()`."""
        self.counter += 1
        data = AuthenticatorData.create(self._rp(), self.flags, self.counter)
        said = self._client_data("webauthn.get", challenge)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(said),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(user_handle),
        }
        return self._answer(response) | {"clientExtensionResults": {}}

    def _rp(self) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest()

    def _client_data(self, kind: str, challenge: str) -> bytes:
        websafe_decode(challenge)  # a site's challenge is base64url, or the test is wrong
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        name = websafe_encode(self.credential_id)
        return {"type": "public-key", "id": name, "rawId": name, "response": response}
