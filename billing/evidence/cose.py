"""A passkey's public key (COSE, RFC 9053) as PEM, which every library reads."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVES: Mapping[int, type[ec.EllipticCurve]] = {1: ec.SECP256R1, 2: ec.SECP384R1, 3: ec.SECP521R1, 8: ec.SECP256K1}
_RS256 = -257  # the signature algorithm, RFC 8812


def as_pem(key: Mapping[int, Any]) -> str:
    """Return the key as SubjectPublicKeyInfo; raises `ValueError` for a kind that packs do not know."""
    return _public_key(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _public_key(key: Mapping[int, Any]) -> ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey:
    match key.get(1):
        case 2 if key[-1] in _CURVES:
            x, y = int.from_bytes(key[-2]), int.from_bytes(key[-3])
            return ec.EllipticCurvePublicNumbers(x, y, _CURVES[key[-1]]()).public_key()
        case 1:
            return ed25519.Ed25519PublicKey.from_public_bytes(key[-2])
        case 3 if key.get(3) == _RS256:
            return rsa.RSAPublicNumbers(int.from_bytes(key[-2]), int.from_bytes(key[-1])).public_key()
        case _:
            raise ValueError("This kind of passkey is not known to packs.")
