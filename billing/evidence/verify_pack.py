"""Check an evidence pack without Tidegate: Python 3.11 and `cryptography` are all it needs.

    python verify_pack.py PACK.zip --key KEY.pem [--org ID] [--dispute dp_...] [--manifest SHA256]

Prints every file, field or signature that is wrong and ends with 1; ends with 0 where all is well. KEY.pem is the
public key; take it from Tidegate's address ``/.well-known/evidence-keys.json``, never from who gave you the pack. A
pack is an archive without compression in one exact form, so that every byte of it is checked and nothing unfolds.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

LARGEST_PACK = 1 << 30
MOST_FILES = 64
LARGEST_KEPT = 1 << 20
"""Bytes of the files that are read and not only hashed: manifest, signatures, approval."""
CHUNK = 1 << 16
NAME = re.compile(r"(?:manifest\.(?:json|sig)|approval\.(?:json|sig)|README\.txt|enhanced\.json|verify_pack\.py)"
                  r"|(?:fields/[a-z_]+\.txt)|(?:files/[a-z_]+\.pdf)|(?:sources/[a-z_]+\.jsonl)")  # fmt: skip
KEPT = {"manifest.json", "manifest.sig", "approval.json", "approval.sig"}
SIGNS = {"manifest.json": b"tidegate.evidence.manifest.v1\n", "approval.json": b"tidegate.evidence.approval.v1\n"}
APPROVES = b"tidegate.evidence.approve.v1\n"
_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
_MADE, _DATE, _MODE = 3 << 8 | 20, 33, 0o100644 << 16  # by Unix, version 2.0; 1 January 1980; a plain file


_HASHES: dict[str, hashes.HashAlgorithm] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
    "secp256k1": hashes.SHA256(),
}


class Wrong(Exception):
    """The archive cannot be read any further."""


@dataclass(frozen=True)
class Member:
    """A file of the pack: its size, hash and lines; its content where that is looked into."""

    size: int
    sha256: str
    lines: int
    content: bytes
    header: bytes


def problems(pack: Path, key: ed25519.Ed25519PublicKey, expected: dict[str, str]) -> list[str]:
    """Return everything that is wrong with a pack; nothing where all is well."""
    try:
        with pack.open("rb") as file:
            members = read(file, pack.stat().st_size)
        manifest = _json(members, "manifest.json")
    except (Wrong, OSError) as error:
        return [str(error)]
    found = list(_signature(members, "manifest.json", key))
    found += _compared(members, manifest)
    sha = members["manifest.json"].sha256
    found += _as_expected(manifest | {"manifest": sha}, expected)
    if "approval.json" in members:
        found += _approval(members, sha, key)
    return found


def read(file: BinaryIO, size: int) -> dict[str, Member]:
    """Read an archive of exactly the form in which packs are written; raises `Wrong`."""
    if size > LARGEST_PACK:
        raise Wrong(f"the archive: {size:,} bytes are more than any pack has")
    members: dict[str, Member] = {}
    while True:
        offset, start = file.tell(), file.read(4)
        if start != b"PK\x03\x04":
            break
        name, member = _member(file, offset)
        if name in members:
            raise Wrong(f"{name}: it is there twice")
        if len(members) == MOST_FILES:
            raise Wrong(f"the archive: more than {MOST_FILES} files")
        members[name] = member
    tail = b"".join(member.header for member in members.values())
    count = len(members)
    tail += _END.pack(b"PK\x05\x06", 0, 0, count, count, len(tail), offset, 0)
    if start + file.read(len(tail)) != tail:
        raise Wrong("the archive: its directory is not that of its files, or something stands before or after them")
    return members


def _member(file: BinaryIO, offset: int) -> tuple[str, Member]:
    head = b"PK\x03\x04" + file.read(_LOCAL.size - 4)
    if len(head) < _LOCAL.size:
        raise Wrong("the archive: it ends too early")
    _, version, flags, method, time, date, crc, packed, size, length, extra = _LOCAL.unpack(head)
    raw = file.read(min(length, 100))
    name = raw.decode("ascii", "replace")
    if length > 100 or not NAME.fullmatch(name):
        raise Wrong(f"{name[:60]!r}: no pack has a file of this name")
    if (version, flags, method, time, date, extra, packed) != (20, 0, 0, 0, _DATE, 0, size):
        raise Wrong(f"{name}: it is compressed, encrypted or dated, as no file of a pack is")
    member = _hashed(file, name, size, crc)
    fields = (b"PK\x01\x02", _MADE, 20, 0, 0, 0, _DATE, crc, size, size, length, 0, 0, 0, 0, _MODE, offset)
    return name, Member(*member, _CENTRAL.pack(*fields) + raw)


def _hashed(file: BinaryIO, name: str, size: int, crc: int) -> tuple[int, str, int, bytes]:
    sha, lines, found, kept, left = hashlib.sha256(), 0, 0, b"", size
    if name in KEPT and size > LARGEST_KEPT:
        raise Wrong(f"{name}: {size:,} bytes are more than it can have")
    while left:
        chunk = file.read(min(left, CHUNK))
        if not chunk:
            raise Wrong(f"{name}: it ends too early")
        sha.update(chunk)
        lines, found, left = lines + chunk.count(b"\n"), zlib.crc32(chunk, found), left - len(chunk)
        kept += chunk if name in KEPT else b""
    if found != crc:
        raise Wrong(f"{name}: its content was changed (its checksum differs)")
    return size, sha.hexdigest(), lines, kept


def _json(members: dict[str, Member], name: str) -> dict[str, Any]:
    if name not in members:
        raise Wrong(f"{name}: missing")
    try:
        value = json.loads(members[name].content)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{name}: it is no JSON") from error
    if not isinstance(value, dict):
        raise Wrong(f"{name}: it is no JSON object")
    return value


def _signature(members: dict[str, Member], name: str, key: ed25519.Ed25519PublicKey) -> Iterator[str]:
    signature = name.replace(".json", ".sig")
    try:
        said = _json(members, signature)
        raw = _decoded(said.get("signature"))
    except Wrong as error:
        yield str(error)
        return
    if said.get("kid") != key_id(key):
        yield f"{signature}: signed by the key {str(said.get('kid'))[:40]!r}, not by {key_id(key)}"
    elif said.get("alg") != "Ed25519" or set(said) != {"alg", "kid", "signature"}:
        yield f"{signature}: not a signature of a pack"
    try:
        key.verify(raw, SIGNS[name] + members[name].content)
    except InvalidSignature:
        yield f"{signature}: the signature of {name} is not valid"


def key_id(key: ed25519.Ed25519PublicKey) -> str:
    """Return the name of a public key: the first 16 hex digits of its SHA-256."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        return b""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _compared(members: dict[str, Member], manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what differs between the files and what the manifest says of them."""
    listed: dict[str, dict[str, Any]] = {}
    for kind in ("sources", "files", "texts", "others"):
        for entry in manifest.get(kind) or ():
            listed[str(entry.get("name"))] = entry
    for name in sorted(listed.keys() - members.keys()):
        yield f"{name}: missing"
    for name in sorted(members.keys() - listed.keys() - KEPT):
        yield f"{name}: not in the manifest"
    for name in sorted(listed.keys() & members.keys()):
        entry, member = listed[name], members[name]
        if entry.get("sha256") != member.sha256 or entry.get("bytes") != member.size:
            of = f" (the field {entry['field']})" if "field" in entry else ""
            yield f"{name}: its content was changed{of}"
        elif entry.get("rows", member.lines) != member.lines:
            yield f"{name}: {member.lines:,} rows, {entry['rows']:,} in the manifest"


def _as_expected(manifest: dict[str, Any], expected: dict[str, str]) -> Iterator[str]:
    for name, value in expected.items():
        if manifest.get(name) != value:
            yield f"manifest.json: {name} is {str(manifest.get(name))[:80]}, not {value}"


def _approval(members: dict[str, Member], manifest: str, key: ed25519.Ed25519PublicKey) -> Iterator[str]:
    """Yield what is wrong with the approval: our signature, its two people, and the passkey's own signature."""
    yield from _signature(members, "approval.json", key)
    try:
        said = _json(members, "approval.json")
        if said["manifest"] != manifest:
            yield f"approval.json: it approves the manifest {str(said['manifest'])[:64]}, not this one"
        if said["preparer"]["id"] == said["approver"]["id"]:
            yield "approval.json: who prepared the pack approved it"
        yield from assertion(said, manifest)
    except (Wrong, KeyError, TypeError, ValueError) as error:
        yield f"approval.json: it cannot be read ({type(error).__name__})"


def assertion(said: dict[str, Any], manifest: str) -> Iterator[str]:
    """Check a WebAuthn assertion (Level 3, 7.2) whose challenge commits to the manifest, the case and the approver."""
    client, data = _decoded(said["client_data"]), _decoded(said["authenticator_data"])
    committed = challenge(manifest, said["case"], said["approver"]["id"], said["nonce"])
    collected = json.loads(client)
    if collected["type"] != "webauthn.get" or _decoded(collected["challenge"]) != committed:
        yield "approval.json: the passkey answered another challenge"
    if data[:32] != hashlib.sha256(said["rp_id"].encode()).digest() or len(data) < 37 or data[32] & 5 != 5:
        yield "approval.json: the passkey was used on another site, or did not verify its user"
    try:
        _verify(said["public_key"], _decoded(said["signature"]), data + hashlib.sha256(client).digest())
    except InvalidSignature:
        yield "approval.json: the passkey's signature is not valid"


def challenge(manifest: str, case: str, approver: str, nonce: str) -> bytes:
    """Return what a passkey signs to approve: 32 bytes that commit to manifest, case and person."""
    return hashlib.sha256(APPROVES + "\n".join((manifest, case, approver, nonce)).encode()).digest()


def _verify(public_key: str, signature: bytes, message: bytes) -> None:
    key = serialization.load_pem_public_key(public_key.encode())
    match key:
        case ec.EllipticCurvePublicKey():
            key.verify(signature, message, ec.ECDSA(_HASHES[key.curve.name]))
        case ed25519.Ed25519PublicKey():
            key.verify(signature, message)
        case rsa.RSAPublicKey():
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        case _:
            raise InvalidSignature


def main(arguments: list[str] | None = None) -> int:
    """Run the check from a command line; returns the status to end with."""
    parser = argparse.ArgumentParser(description="Check an evidence pack of Tidegate.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--key", type=Path, required=True, help="the public key, PEM")
    for name in ("org", "dispute", "manifest"):
        parser.add_argument(f"--{name}", help=f"what the pack's {name} must be")
    given = parser.parse_args(arguments)
    key = serialization.load_pem_public_key(given.key.read_bytes())
    if not isinstance(key, ed25519.Ed25519PublicKey):
        parser.error("--key is not an Ed25519 public key")
    expected = {name: value for name in ("org", "dispute", "manifest") if (value := getattr(given, name))}
    found = problems(given.pack, key, expected)
    for line in found:
        sys.stdout.write(f"WRONG  {line}\n")
    if not found:
        sys.stdout.write(f"OK  {given.pack.name}: every file, and the signature of {key_id(key)}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
