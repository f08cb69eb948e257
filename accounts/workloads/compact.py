"""Reading a compact JWS (RFC 7515, 7.1) strictly, and verifying it with the one algorithm that its key is for.

Nothing that a token says decides how it is verified: ``alg`` is only compared; ``jku``, ``x5u``, ``jwk`` and ``x5c``
are not looked at.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import import_key
from joserfc.jws import JWSRegistry

ALGORITHMS = ("ES256", "RS256", "EdDSA")
_ALSO_CALLED = {"Ed25519": "EdDSA"}
"""RFC 9864's names of what older software calls otherwise."""
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class Malformed(Exception):
    """Not a compact JWS of JSON objects, or one that says a thing twice."""


@dataclass(frozen=True, slots=True)
class Compact:
    """The parts of a token of which nothing has been verified yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signing_input: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        """Return what the header calls the algorithm, by its usual name; "" if it says none."""
        said = self.header.get("alg")
        return _ALSO_CALLED.get(said, said) if isinstance(said, str) else ""

    @property
    def kid(self) -> str | None:
        """Return the key that the header names, if it names one."""
        said = self.header.get("kid")
        return said if isinstance(said, str) else None

    def text(self, claim: str) -> str:
        """Return a claim that is a text; "" if it is none."""
        said = self.claims.get(claim)
        return said if isinstance(said, str) else ""

    def moment(self, claim: str) -> float | None:
        """Return a claim that is a time, in seconds since 1970; `None` if it is absent. Raises `Malformed`."""
        said = self.claims.get(claim)
        if said is None:
            return None
        if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said < 2**40:
            raise Malformed(f"{claim} is not a time.")
        return float(said)


def read(token: str, longest: int) -> Compact:
    """Return the parts of a token of at most `longest` characters; raises `Malformed`."""
    if len(token) > longest or not _FORM.fullmatch(token):
        raise Malformed("This is not a compact JWS of the accepted size.")
    header, claims, signature = token.split(".")
    parts = Compact(_object(header), _object(claims), f"{header}.{claims}".encode(), _decoded(signature))
    if "crit" in parts.header or "b64" in parts.header:
        raise Malformed("The header asks for an extension.")
    return parts


def verifies(token: Compact, jwk: Mapping[str, Any], algorithm: str) -> bool:
    """Tell whether `jwk` made the token's signature under `algorithm`, which the header must name too."""
    if algorithm not in ALGORITHMS or token.algorithm != algorithm:
        return False
    method = JWSRegistry.algorithms[algorithm]
    try:
        key = import_key(dict(jwk))
        method.check_key(key)
        return method.verify(token.signing_input, token.signature, key)
    except (JoseError, ValueError, TypeError):  # a key that does not fit the algorithm, however it is wrong
        return False


def _decoded(part: str) -> bytes:
    """Return the bytes of a part; the one spelling of them that is canonical is accepted."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise Malformed("A part is not base64url.") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise Malformed("A part is not canonical base64url.")
    return raw


def _object(part: str) -> dict[str, Any]:
    try:
        read_ = json.loads(_decoded(part).decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Malformed("A part is not JSON.") from error
    if not isinstance(read_, dict):
        raise Malformed("A part is not a JSON object.")
    return read_


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names are all different: of two, readers may believe either."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A name stands twice.")
    return found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is not JSON.")
