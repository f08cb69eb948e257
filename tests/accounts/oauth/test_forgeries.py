"""O01: more than two thousand tokens that we did not sign, or not so; none is believed."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from accounts.keystore import tokens as signing
from accounts.keystore.jwks import as_jwk
from accounts.keystore.models import SigningKey
from accounts.oauth import tokens
from accounts.oauth.verifying import NotOurs, verified
from tests.accounts.oauth.conftest import Client, api
from tests.people import Person

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (SEC 2, 2.4.2)."""
LEAST = 2000
KIDS = [
    "",
    "../../../../dev/null",
    "/etc/passwd",
    "k' OR '1'='1",
    "k\u0000",
    "https://evil.example/jwks",
    "K",
    "0",
    "null",
]
ALGORITHMS = [
    "none",
    "None",
    "NONE",
    "nOnE",
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "PS256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "",
    "es256",
]
TYPES = [
    "JWT",
    "jwt",
    "at+JWT ",
    "AT+JWT",
    "application/at+jwt",
    "dpop+jwt",
    "logout+jwt",
    "",
    "id_token",
    "secevent+jwt",
]


def part(value: Any) -> str:  # noqa: ANN401 (JSON)
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def opened(encoded: str) -> bytes:
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


class Forger:
    """Knows one good token and everything that is public, and holds keys of their own."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.header, self.payload, self.signature = token.split(".")
        self.claims: dict[str, Any] = json.loads(opened(self.payload))
        self.kid = json.loads(opened(self.header))["kid"]
        self.key = ECKey.generate_key("P-256")
        self.rsa = RSAKey.import_key(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def every(self) -> Iterator[str]:
        for kind in (
            self._altered_characters,
            self._signatures,
            self._algorithms,
            self._headers,
            self._claims_of_others,
            self._own_keys,
            self._shapes,
        ):
            yield from kind()

    def _altered_characters(self) -> Iterator[str]:
        """Each character of the token, one at a time, another, gone, or doubled."""
        for at, character in enumerate(self.token):
            other = "A" if character != "A" else "B"
            last = at + 1 in {len(self.header), len(self.header) + 1 + len(self.payload), len(self.token)}
            if not last:  # the last characters hold bits that base64url leaves unused
                yield self.token[:at] + other + self.token[at + 1 :]
            yield self.token[:at] + self.token[at + 1 :]
            yield self.token[:at] + character * 2 + self.token[at + 1 :]

    def _signatures(self) -> Iterator[str]:
        """Signatures of zeros, of the curve's edges (CVE-2022-21449), cut, longer, in DER, of another token."""
        r, s = opened(self.signature)[:32], opened(self.signature)[32:]
        edges = [0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1, int.from_bytes(r), int.from_bytes(s)]
        flipped = ORDER - int.from_bytes(s)
        own = {(int.from_bytes(r), int.from_bytes(s)), (int.from_bytes(r), flipped)}
        for first in edges:
            for second in edges:
                if (first, second) not in own:
                    yield self._with(first.to_bytes(32) + second.to_bytes(32))
        for length in (0, 1, 31, 32, 33, 63, 65, 72, 128):
            yield self._with((r + s).ljust(length, b"\0")[:length])
        yield self._with(s + r)
        yield self._with(b"0E\x02!\0" + r + b"\x02 " + s)

    def _with(self, signature: bytes) -> str:
        return f"{self.header}.{self.payload}.{part(signature)}"

    def _algorithms(self) -> Iterator[str]:
        """Every other algorithm: unsigned, and under what everybody has: the public key, in each of its spellings."""
        jwk = as_jwk(SigningKey.objects.get(kid=self.kid))
        public = ECKey.import_key(jwk).raw_value  # type: ignore[arg-type]  # of a wider type on purpose
        assert isinstance(public, ec.EllipticCurvePublicKey)
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        secrets = [
            b"",
            b"secret",
            der,
            pem,
            pem.strip(),
            point,
            json.dumps(jwk).encode(),
            jwk["x"].encode(),
            self.kid.encode(),
        ]
        for algorithm in ALGORITHMS:
            for kind in ("at+jwt", "JWT"):
                header = part({"alg": algorithm, "typ": kind, "kid": self.kid})
                message = f"{header}.{self.payload}"
                yield f"{message}."
                yield f"{message}.{self.signature}"
                for secret in secrets:
                    for digest in ("sha256", "sha384", "sha512"):
                        yield f"{message}.{part(hmac.digest(secret, message.encode(), digest))}"

    def _headers(self) -> Iterator[str]:
        """Headers that bring, or name, a key of the forger's; or that a verifier must understand."""
        own = self.key.as_dict(private=False)
        brought: list[dict[str, Any]] = [
            {"jwk": own},
            {"jku": "https://evil.example/jwks.json"},
            {"x5u": "https://evil.example/cert.pem"},
            {"x5c": [part(b"certificate")]},
            {"x5t": "abc"},
            {"crit": ["exp"]},
            {"crit": ["b64"], "b64": False},
            {"zip": "DEF"},
            {"cty": "JWT"},
            {"enc": "A256GCM"},
            {"p2c": 10_000_000},
            {"url": "https://evil.example"},
        ]
        for more in brought:
            for kid in (self.kid, own.get("kid", "mine"), *KIDS):
                yield self._signed({"alg": "ES256", "typ": "at+jwt", "kid": kid, **more}, self.claims)
        for kid in [*KIDS, None, 1, [], {}, self.kid.upper(), self.kid + " "]:
            yield self._signed({"alg": "ES256", "typ": "at+jwt", "kid": kid}, self.claims)
            yield f"{part({'alg': 'ES256', 'typ': 'at+jwt', 'kid': kid})}.{self.payload}.{self.signature}"
        for name in ("alg", "typ", "kid"):
            header = {"alg": "ES256", "typ": "at+jwt", "kid": self.kid}
            del header[name]
            yield f"{part(header)}.{self.payload}.{self.signature}"

    def _signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        message = f"{part(header)}.{part(claims)}"
        key = self.key.raw_value
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(key.sign(message.encode(), ec.ECDSA(SHA256())))
        return f"{message}.{part(r.to_bytes(32) + s.to_bytes(32))}"

    def _claims_of_others(self) -> Iterator[str]:
        """Tokens that our own key signed, and that are no access tokens for this API and now."""
        now = int(time.time())
        values: list[Any] = [
            "",
            None,
            0,
            -1,
            True,
            [],
            {},
            "x",
            str(uuid.uuid4()),
            now,
            10**12,
            [self.claims["aud"]],
            "user ",
        ]
        for name in self.claims:
            yield signing.signed({key: value for key, value in self.claims.items() if key != name}, "at+jwt")
            for value in values:
                harmless = name in {"sub", "client_id", "scope", "jti", "org"} and isinstance(value, str)
                in_time = name in {"exp", "iat"} and isinstance(value, int) and not isinstance(value, bool)
                if value != self.claims[name] and not harmless and not (in_time and _is_good(name, value, now)):
                    yield signing.signed({**self.claims, name: value}, "at+jwt")
        for kind in TYPES:
            yield signing.signed(self.claims, kind)
        for more in (
            {"act": {"sub": "x"}},
            {"nbf": now + 1000},
            {"cnf": {"x5t#S256": "x"}},
            {"cnf": "x"},
            {"roles": ["owner"]},
        ):
            yield signing.signed({**self.claims, **more}, "at+jwt")
        for iss in (
            "https://evil.example",
            tokens.issuer() + "/",
            tokens.issuer().upper(),
            "http://localhost.evil.example",
        ):
            yield signing.signed({**self.claims, "iss": iss}, "at+jwt")

    def _own_keys(self) -> Iterator[str]:
        """Tokens that joserfc makes with keys of the forger's, for each of whom they would like to be."""
        keys: list[tuple[str, ECKey | RSAKey | OctKey]] = [
            ("ES256", self.key),
            ("RS256", self.rsa),
            ("PS256", self.rsa),
            ("HS256", OctKey.import_key("k" * 32)),
        ]
        wishes = [
            {},
            {"sub": str(uuid.uuid4())},
            {"scope": "openid audit:read"},
            {"kind": "service"},
            {"org": str(uuid.uuid4())},
        ]
        for algorithm, key in keys:
            for wish in wishes:
                for kid in (self.kid, "mine"):
                    header = {"alg": algorithm, "typ": "at+jwt", "kid": kid}
                    yield jwt.encode(header, {**self.claims, **wish}, key, algorithms=[algorithm])

    def _shapes(self) -> Iterator[str]:
        """What is no compact JWS of three parts."""
        good = self.token
        yield from (
            "",
            ".",
            "..",
            "...",
            "ey",
            "eyJ.eyJ.x",
            good + ".",
            "." + good,
            good + "." + self.signature,
            good * 2,
        )
        yield from (
            f" {good}",
            f"{good} ",
            f"{good}\n",
            f"{good}\0",
            good.replace(".", "\u2024"),
            good.replace("-", "+").replace("_", "/") + "=",
        )
        yield from (
            f"{self.header}..{self.signature}",
            f".{self.payload}.{self.signature}",
            f"{self.header}.{self.payload}",
        )
        yield json.dumps({"protected": self.header, "payload": self.payload, "signature": self.signature})
        yield f"{self.header}.{part(b'[' * 2000)}.{self.signature}"
        yield f"{part(b'{' * 1000)}.{self.payload}.{self.signature}"
        yield f"{part(b'[]')}.{self.payload}.{self.signature}"
        yield f"{self.header}.{part(b'[]')}.{self.signature}"
        yield "e" * 5000


def _is_good(name: str, value: int, now: int) -> bool:
    """Tell whether a time makes no difference: an end to come, or a beginning that was."""
    return value > now if name == "exp" else value <= now


def test_o01_none_of_two_thousand_forgeries_is_believed(client_: Client, max_: Person) -> None:
    good = client_.tokens(max_)["access_token"]
    assert verified(good).subject == str(max_.user.pk)
    forgeries = {forgery for forgery in Forger(good).every() if forgery != good}
    believed = [forgery for forgery in forgeries if _is_believed(forgery)]
    assert len(forgeries) >= LEAST
    assert believed == []
    assert _is_believed(good)


def _is_believed(token: str) -> bool:
    try:
        verified(token)
    except NotOurs:
        return False
    return True


def test_o12_no_other_token_of_ours_opens_the_api(client_: Client, max_: Person) -> None:
    made = client_.tokens(max_)
    for token in (made["id_token"], made["refresh_token"]):
        assert api(token).status_code == 401
    other = {"aud": "https://other.example/v1"}
    claims = {"sub": str(max_.user.pk), "exp": int(time.time()) + 300, **other}
    refused = api(signing.signed(claims, "at+jwt"))
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="Tidegate", error="invalid_token"'


@pytest.mark.parametrize("of", ["subject", "scope", "organisation", "client"])
def test_o01_a_token_that_was_never_issued_opens_nothing(client_: Client, max_: Person, eve: Person, of: str) -> None:
    """Even whoever holds the signing key must have it in the table: what it says is only what the table has."""
    good = client_.tokens(max_, scope="openid me:read")["access_token"]
    claims = json.loads(opened(good.split(".")[1]))
    forged: dict[str, Any] = {
        "subject": {"sub": str(eve.user.pk)},
        "scope": {"scope": "openid me:read decisions:read audit:read"},
        "organisation": {"org": str(eve.organization.id)},
        "client": {"jti": str(uuid.uuid4())},
    }[of]
    answer = api(signing.signed({**claims, **forged}, "at+jwt"))
    assert answer.status_code in {401, 403}


def test_a_token_dies_with_the_key_that_signed_it(client_: Client, max_: Person) -> None:
    from accounts.keystore import rotation  # noqa: PLC0415
    from accounts.oauth import verifying  # noqa: PLC0415

    good = client_.tokens(max_)["access_token"]
    assert api(good).status_code == 200
    rotation.revoke(json.loads(opened(good.split(".")[0]))["kid"])
    verifying._published.cache_clear()
    assert api(good).status_code == 401
    assert hashlib.sha256(good.encode()).digest()
