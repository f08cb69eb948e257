"""O13: several hundred proofs for a bound token that its holder did not make for this request; none is accepted."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.test import RequestFactory
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from accounts.authentication import Unauthenticated
from accounts.oauth import bearer
from accounts.oauth.dpop import encoded
from accounts.oauth.models import UsedProof
from tenants.scope import org_scope
from tests.accounts.oauth.conftest import Client
from tests.accounts.oauth.holder import TOKEN, Holder
from tests.accounts.oauth.test_forgeries import ALGORITHMS, ORDER, TYPES, opened, part
from tests.people import Person

LEAST = 300
PATH = "/v1/me"
BASE: str = settings.BASE_URL
AT = f"{BASE}{PATH}"
NOW = int(time.time())
NOT_THE_ADDRESS = [
    f"{BASE}/v1/decisions",
    f"{BASE}/v1/me/",
    f"{BASE}/v1/ME",
    f"{BASE}/",
    f"{BASE}//v1/me",
    f"{BASE}/v1/../v1/me",
    f"{BASE}/v1/me%00",
    f"{BASE}/v1/m%65%65",
    BASE,
    PATH,
    "v1/me",
    "",
    f"{BASE}.evil.example{PATH}",
    f"https://evil.example{PATH}",
    f"{BASE}:8443{PATH}",
    f"{BASE}:443{PATH}",
    AT.replace("http:", "https:"),
    AT.replace("http:", "ftp:"),
    AT.replace("//", "//user@"),
    AT.replace("//", "//user:p@"),
    AT.replace("//", "/"),
    f" {AT}",
    f"{AT} ",
    f"{AT}\n",
    f"\t{AT}",
    AT.replace("/v1", "\\v1"),
    AT + ";x",
    "https://[",
    f"http://[::1{PATH}",
    AT + "\u202e",
    "x" * 1500,
    f"{AT}\0",
]
OTHERS: dict[str, list[Any]] = {
    "htm": ["POST", "get", "GET ", "HEAD", "", None, 1, ["GET"], {"GET": 1}, True, "G\u0415T"],
    "htu": [*NOT_THE_ADDRESS, None, 1, [AT], {"htu": AT}, True],
    "iat": [
        None,
        0,
        -1,
        "now",
        str(NOW),
        NOW - 62,
        NOW - 3600,
        NOW + 3600,
        10**12,
        10**40,
        True,
        [NOW],
        {},
        1e300,
        1.5,
    ],
    "jti": [None, "", "short", "x" * 257, 1, [], {}, True, ["x" * 20]],
    "ath": [None, "", "x", "a" * 43, 1, [], encoded(b"\0" * 32), encoded(hashlib.sha256(b"").digest())],
    "exp": [0, 1, NOW - 1, "soon", True, [], -5],
    "nbf": [NOW + 3600, 10**11, "later", True, {}],
}
_DONE = object()


class Thief:
    """Knows the token and one good proof, and makes others; for some of them has the holder's hand, but no say."""

    def __init__(self, holder: Holder, token: str) -> None:
        self.holder, self.token, self.own = holder, token, Holder()
        self.good = holder.proof("GET", PATH, token)
        self.header, self.payload, self.signature = self.good.split(".")

    def every(self) -> Iterator[str]:
        for kind in (self._other_claims, self._signatures, self._algorithms, self._types, self._keys, self._shapes):
            yield from kind()

    def signed(self, key: ECKey, header: dict[str, Any], claims: object) -> str:
        message = f"{part(header)}.{part(claims)}"
        raw = key.raw_value
        assert isinstance(raw, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(raw.sign(message.encode(), ec.ECDSA(SHA256())))
        return f"{message}.{part(r.to_bytes(32) + s.to_bytes(32))}"

    def _head(self, **other: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
        every = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.holder.jwk} | other
        return {name: value for name, value in every.items() if value is not _DONE}

    def _claims(self) -> dict[str, Any]:
        return self.holder.claims("GET", PATH, self.token)

    def _other_claims(self) -> Iterator[str]:
        """Proofs that the holder did sign: for other requests, tokens and times, or without saying for what."""
        for name, values in OTHERS.items():
            for value in values:
                claims = self._claims() | {name: value}
                if value is None:
                    del claims[name]
                yield self.signed(self.holder.key, self._head(), claims)
        yield self.holder.proof("POST", TOKEN)
        yield self.holder.proof("GET", PATH)
        for odd in ([], [self._claims()], "claims", 1, None):
            yield self.signed(self.holder.key, self._head(), odd)

    def _signatures(self) -> Iterator[str]:
        """Good proofs whose text or signature was changed; the edges of the curve among them."""
        fresh = self.holder.proof("GET", PATH, self.token)
        header, payload, signature = fresh.split(".")
        r, s = opened(signature)[:32], opened(signature)[32:]
        for first in (0, 1, ORDER - 1, ORDER, 2**256 - 1, int.from_bytes(r)):
            for second in (0, 1, ORDER - 1, ORDER, 2**256 - 1):
                yield f"{header}.{payload}.{part(first.to_bytes(32) + second.to_bytes(32))}"
        for length in (0, 1, 31, 32, 63, 65, 72, 96):
            yield f"{header}.{payload}.{part((r + s).ljust(length, bytes(1))[:length])}"
        yield f"{header}.{payload}.{part(s + r)}"
        yield f"{header}.{payload}.{part(b'0E' + bytes([2, 33, 0]) + r + bytes([2, 32]) + s)}"
        yield f"{header}.{payload}.{self.signature}"
        yield f"{header}.{self.payload}.{signature}"
        for at in range(0, len(fresh) - 90, 13):
            yield fresh[:at] + ("A" if fresh[at] != "A" else "B") + fresh[at + 1 :]

    def _algorithms(self) -> Iterator[str]:
        """Every other algorithm, and secrets that everybody has."""
        for algorithm in [*ALGORITHMS, "Ed25519", None, 1, ["ES256"]]:
            header = part(self._head(alg=algorithm))
            message = f"{header}.{part(self._claims())}"
            yield f"{message}."
            yield f"{message}.{self.signature}"
            for secret in (b"", b"secret", json.dumps(self.holder.jwk).encode(), self.holder.jwk["x"].encode()):
                yield f"{message}.{part(hmac.digest(secret, message.encode(), 'sha256'))}"
            yield self.signed(self.holder.key, self._head(alg=algorithm), self._claims())

    def _types(self) -> Iterator[str]:
        """Another kind of token, or a header that says more, or less, than a proof's."""
        for kind in [
            *(kind for kind in TYPES if kind != "dpop+jwt"),
            "DPoP+JWT",
            "dpop+jwt ",
            "application/dpop+jwt",
            None,
            1,
        ]:
            yield self.signed(self.holder.key, self._head(typ=kind), self._claims())
        more: list[dict[str, Any]] = [
            {"kid": "k"},
            {"jku": "https://evil.example/"},
            {"x5u": "https://evil.example/"},
            {"x5c": ["x"]},
            {"crit": ["exp"]},
            {"b64": False, "crit": ["b64"]},
            {"zip": "DEF"},
            {"nonce": "x"},
            {"typ": _DONE},
            {"alg": _DONE},
            {"jwk": _DONE},
        ]
        for other in more:
            yield self.signed(self.holder.key, self._head(**other), self._claims())

    def _keys(self) -> Iterator[str]:
        """Keys of the thief's, keys that are none, and the holder's with a private member in it."""
        mine, theirs = self.own.jwk, self.holder.jwk
        yield self.own.proof("GET", PATH, self.token)
        made: list[ECKey | RSAKey | OKPKey] = [ECKey.generate_key("P-384"), OKPKey.generate_key("Ed25519")]
        made.append(RSAKey.import_key(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
        strange: list[object] = [
            None,
            "",
            "key",
            1,
            [],
            [theirs],
            {},
            {"keys": [theirs]},
            *(key.as_dict(private=False) for key in made),
            OctKey.import_key("k" * 32).as_dict(),
            theirs | {"d": "x" * 43},
            self.holder.key.as_dict(private=True),
            theirs | {"k": "x"},
            theirs | {"x": mine["x"]},
            theirs | {"y": mine["y"]},
            theirs | {"x": "A" * 43},
            theirs | {"x": theirs["x"] + "="},
            theirs | {"x": theirs["x"][:-1]},
            theirs | {"x": 1},
            theirs | {"y": None},
            theirs | {"kty": "RSA"},
            theirs | {"kty": ["EC"]},
            theirs | {"crv": "P-384"},
            theirs | {"crv": "p-256"},
            theirs | {"crv": "secp256k1"},
            theirs | {"x5c": ["x"]},
            theirs | {"x": theirs["y"], "y": theirs["x"]},
            theirs | {"p": "x"},
            {name: theirs[name] for name in ("kty", "x", "y")},
            {name: theirs[name] for name in ("kty", "crv", "x")},
            theirs | {"jwk": theirs},
            theirs | {"oth": []},
        ]
        for jwk in strange:
            yield self.signed(self.holder.key, self._head(jwk=jwk), self._claims())
            yield self.signed(self.own.key, self._head(jwk=jwk), self._claims())
        yield self.signed(self.own.key, self._head(), self._claims())
        yield self.signed(self.holder.key, self._head(jwk=mine), self._claims())

    def _shapes(self) -> Iterator[str]:
        """What is no compact JWS, and two proofs in one header."""
        fresh = self.holder.proof("GET", PATH, self.token)
        header, payload, signature = fresh.split(".")
        yield from (
            "",
            " ",
            ".",
            "..",
            "...",
            "null",
            "{}",
            self.token,
            fresh + ".",
            "." + fresh,
            fresh + "=",
            fresh + " ",
        )
        yield from (
            f"{fresh},{fresh}",
            f"{fresh}, {self.good}",
            f"{self.good},{fresh}",
            fresh * 2,
            f" {fresh}",
            fresh + "\0",
        )
        yield from (f"{header}..{signature}", f".{payload}.{signature}", f"{header}.{payload}", f"{header}.{payload}.")
        yield json.dumps({"protected": header, "payload": payload, "signature": signature})
        yield self.holder.proof("GET", PATH, self.token, padding="x" * 2000)
        twice = b'{"htm":"GET","htm":"GET",' + json.dumps(self._claims()).encode()[1:]
        yield self.signed(self.holder.key, self._head(), twice)
        yield f"{header}.{part(b'[' * 500)}.{signature}"


def _is_accepted(token: str, proof: str) -> bool:
    request = RequestFactory().get(PATH, headers={"authorization": f"DPoP {token}", "dpop": proof})
    try:
        bearer.presented(token).prove(request)
    except Unauthenticated:
        return False
    return True


@pytest.fixture
def holder() -> Holder:
    return Holder()


def test_o13_none_of_several_hundred_forged_proofs_is_accepted(client_: Client, max_: Person, holder: Holder) -> None:
    token: str = holder.exchange(client_, client_.code(max_)).json()["access_token"]
    thief = Thief(holder, token)
    assert _is_accepted(token, thief.good)
    forged = [thief.good, *thief.every()]
    with org_scope(max_.organization.id):
        written = UsedProof.objects.count()
    assert len(set(forged)) >= LEAST
    assert [proof for proof in forged if _is_accepted(token, proof)] == []
    with org_scope(max_.organization.id):
        assert UsedProof.objects.count() == written, "nothing is kept of what proves nothing"
    assert _is_accepted(token, holder.proof("GET", PATH, token, jti=secrets.token_hex(4)))
