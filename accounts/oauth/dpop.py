"""DPoP (RFC 9449): the proof that whoever sends a request holds the private half of a key.

A token that was asked for with a proof is bound to the proof's key by its thumbprint (``cnf.jkt``), and opens nothing
without a new proof by the same key for each request. Of keys and signatures there is one kind, ES256 on P-256.
"""

import base64
import hashlib
import json
import re
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest

from accounts.oauth import tokens
from accounts.workloads import compact
from accounts.workloads.compact import Compact, Malformed
from audit.reasons import Reason
from tenants.postgresql.base import direct
from tenants.scope import Scope

ALGORITHM = "ES256"
TYPE = "dpop+jwt"
LONGEST = 2_048
"""Characters of a proof; with an `ath` it has about 600."""
WINDOW = 60
"""Seconds before or after now that a proof may have been made, by its own clock."""
SHORTEST_JTI, LONGEST_JTI = 8, 256
_HEADER = {"typ", "alg", "jwk"}
_KEY = {"kty", "crv", "x", "y"}
_BESIDE = {"kid", "use", "alg", "key_ops", "ext"}
"""What libraries write beside a public key: not looked at. Any other member, such as a private one, is refused."""
_NUMBER = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_ADDRESS = re.compile(r"[\x21-\x7e]{1,1000}", re.ASCII)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
USE = """
INSERT INTO oauth_usedproof (id, org_id, hash, expires_at) VALUES (gen_random_uuid(), %s, %s, %s)
ON CONFLICT (org_id, hash) DO NOTHING RETURNING true
"""


class Unproven(Exception):
    """No proof for this request by this key; the reason goes to the record and to the caller."""

    def __init__(self, reason: Reason = Reason.TOKEN_PROOF) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof that is good comes to: its key's thumbprint (RFC 7638), and what it is known by again."""

    jkt: str
    hash: bytes
    issued_at: float


def proven(request: HttpRequest, token_hash: bytes | None = None, now: float | None = None) -> Proof:
    """Return the request's proof; raises `Unproven`. `token_hash` is the SHA-256 of the token it must be for."""
    try:
        proof = compact.read(request.META.get("HTTP_DPOP", ""), LONGEST)
        key = _key(proof)
        _must_be_now(proof, time.time() if now is None else now)
    except Malformed:
        raise Unproven from None
    _must_be_for(request, proof, token_hash)
    jti = proof.text("jti")
    if not SHORTEST_JTI <= len(jti) <= LONGEST_JTI or not compact.verifies(proof, key, ALGORITHM):
        raise Unproven
    jkt = thumbprint(key)
    known_by = hashlib.sha256(f"{jkt}.{jti}".encode("utf-8", "surrogatepass")).digest()
    return Proof(jkt, known_by, proof.moment("iat") or 0.0)


def use(proof: Proof, org_id: uuid.UUID) -> None:
    """Use a proof up; raises `Unproven` if it was used before. The unique constraint decides, for every worker."""
    until = datetime.fromtimestamp(proof.issued_at + 2 * WINDOW, UTC)
    if direct.ask_as(Scope(org_id=org_id), USE, [org_id, proof.hash, until]) is None:
        raise Unproven(Reason.TOKEN_PROOF_REPLAYED)


def thumbprint(jwk: dict[str, str]) -> str:
    """Return the RFC 7638 thumbprint of a P-256 key."""
    told = json.dumps({name: jwk[name] for name in sorted(_KEY)}, separators=(",", ":"))
    return encoded(hashlib.sha256(told.encode()).digest())


def encoded(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _key(proof: Compact) -> dict[str, str]:
    """Return the public key that the header brings, by the members that make it."""
    header, jwk = proof.header, proof.header.get("jwk")
    if set(header) != _HEADER or header["typ"] != TYPE or header["alg"] != ALGORITHM or not isinstance(jwk, dict):
        raise Unproven
    if not set(jwk) >= _KEY or set(jwk) - _KEY - _BESIDE or (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise Unproven
    if not all(isinstance(jwk[name], str) and _NUMBER.fullmatch(jwk[name]) for name in ("x", "y")):
        raise Unproven
    return {name: jwk[name] for name in _KEY}


def _must_be_now(proof: Compact, now: float) -> None:
    issued, begins, ends = (proof.moment(name) for name in ("iat", "nbf", "exp"))
    if issued is None or abs(now - issued) > WINDOW:
        raise Unproven
    if (begins is not None and begins > now + WINDOW) or (ends is not None and ends <= now):
        raise Unproven


def _must_be_for(request: HttpRequest, proof: Compact, token_hash: bytes | None) -> None:
    """Raise unless the proof is for this method and address, and for the access token where there is one."""
    here = f"{tokens.issuer()}{request.path}"
    if proof.text("htm") != request.method or _target(proof.text("htu")) != _target(here):
        raise Unproven
    if token_hash is not None and proof.text("ath") != encoded(token_hash):
        raise Unproven


def _target(address: str) -> tuple[Any, ...]:
    """Return an address as RFC 9449, 4.3 compares it: normalised, without query and fragment; () if it is none."""
    if _ADDRESS.fullmatch(address) is None:
        return ()
    try:
        parts = urlsplit(address)
    except ValueError:
        return ()
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))
    return parts.scheme, host, unquote(parts.path)
