"""A key store in AWS KMS. Keys are found by alias, ``alias/tidegate-…``; credentials come from the machine's role."""

from functools import cached_property
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from accounts.keystore.protocol import KeyStoreError, PublicKey

WRAPPING = "alias/tidegate-wrapping"
LARGEST_MESSAGE = 4096
"""Bytes that KMS signs unhashed (API reference, Sign); a token is far shorter."""
DELETED_AFTER = 7
"""Days until a destroyed key is gone; the least that KMS offers."""


class NoSuchKey(KeyStoreError):
    """KMS knows no key of that alias."""


class KmsKeyStore:
    """Keys in KMS of one region; `endpoint` is for a private endpoint."""

    backend = "kms"

    def __init__(self, region: str, endpoint: str = "") -> None:
        self._region, self._endpoint = region, endpoint

    def create(self, name: str) -> PublicKey:
        key_id = self._made(_alias(name), KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        key = load_der_public_key(self._ask("get_public_key", KeyId=key_id)["PublicKey"])
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise KeyStoreError("KMS made a key of another kind.")
        numbers = key.public_numbers()
        return PublicKey(numbers.x.to_bytes(32), numbers.y.to_bytes(32))

    def sign(self, name: str, message: bytes) -> bytes:
        if len(message) > LARGEST_MESSAGE:
            raise KeyStoreError(f"KMS signs {LARGEST_MESSAGE} bytes at most.")
        answer = self._ask(
            "sign", KeyId=_alias(name), Message=message, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256"
        )
        r, s = decode_dss_signature(answer["Signature"])  # KMS answers in DER, ES256 wants r || s
        return r.to_bytes(32) + s.to_bytes(32)

    def destroy(self, name: str) -> None:
        key_id = self._key_id(_alias(name))
        if key_id:
            self._ask("delete_alias", AliasName=_alias(name))
            self._ask("schedule_key_deletion", KeyId=key_id, PendingWindowInDays=DELETED_AFTER)

    def wrap(self, data_key: bytes, context: str) -> bytes:
        if not self._key_id(WRAPPING):
            self._made(WRAPPING, KeySpec="SYMMETRIC_DEFAULT", KeyUsage="ENCRYPT_DECRYPT")
        answer = self._ask("encrypt", KeyId=WRAPPING, Plaintext=data_key, EncryptionContext=_bound(context))
        sealed: bytes = answer["CiphertextBlob"]
        return sealed

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        answer = self._ask("decrypt", KeyId=WRAPPING, CiphertextBlob=wrapped, EncryptionContext=_bound(context))
        opened: bytes = answer["Plaintext"]
        return opened

    def _made(self, alias: str, **wanted: str) -> str:
        key_id: str = self._ask("create_key", **wanted)["KeyMetadata"]["KeyId"]
        self._ask("create_alias", AliasName=alias, TargetKeyId=key_id)
        return key_id

    def _key_id(self, alias: str) -> str:
        """Return the id behind an alias, or an empty string."""
        try:
            found: str = self._ask("describe_key", KeyId=alias)["KeyMetadata"]["KeyId"]
        except NoSuchKey:
            return ""
        return found

    def _ask(self, verb: str, **values: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, verb)(**values)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise (NoSuchKey if code == "NotFoundException" else KeyStoreError)(f"KMS refused: {code}.") from error
        except BotoCoreError as error:
            raise KeyStoreError("KMS does not answer.") from error
        return answer

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 (the package has no types)
        return boto3.client("kms", region_name=self._region, endpoint_url=self._endpoint or None)


def _alias(name: str) -> str:
    return f"alias/tidegate-{name}"


def _bound(context: str) -> dict[str, str]:
    return {"tidegate": context}
