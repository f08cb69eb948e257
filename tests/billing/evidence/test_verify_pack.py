"""The offline verifier, run as its user runs it, against packs that somebody tampered with."""

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from billing.evidence import packs, verify_pack
from billing.evidence.facts import Key
from billing.evidence.signing import signature_of
from tests.billing.evidence import made

OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory.mktemp("pack"))


def written(folder: Path, key: Ed25519PrivateKey = made.KEY, **values: object) -> bytes:
    checkpoint = made.checkpoint(folder, made.facts(**values))  # type: ignore[arg-type]  # of several types
    contents, out = packs.compose(checkpoint, made.PatternScreen()), io.BytesIO()
    packs.write(out, contents, checkpoint, signature_of("manifest.json", contents.manifest, key))
    return out.getvalue()


def found(pack: bytes, tmp_path: Path, **expected: str) -> list[str]:
    path = tmp_path / "pack.zip"
    path.write_bytes(pack)
    return verify_pack.problems(path, made.KEY.public_key(), expected)


def members(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            packs.add(archive, name, content)
    return out.getvalue()


def test_a_good_pack_is_found_good_by_the_copy_inside_it(pack: bytes, tmp_path: Path) -> None:
    (tmp_path / "verify_pack.py").write_bytes(members(pack)["verify_pack.py"])
    (tmp_path / "pack.zip").write_bytes(pack)
    pem = made.KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    command = [sys.executable, "-I", "verify_pack.py", "pack.zip", "--key", "key.pem", "--org", made.ORG]
    good = subprocess.run(command, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert (good.returncode, good.stdout[:4]) == (0, "OK  ")
    (tmp_path / "pack.zip").write_bytes(zipped(members(pack) | {"README.txt": b"hello"}))
    bad = subprocess.run(command, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert (bad.returncode, bad.stdout) == (1, "WRONG  README.txt: its content was changed\n")


def test_e01_no_byte_can_be_changed(pack: bytes, tmp_path: Path) -> None:
    edges = {*range(400), *range(len(pack) - 900, len(pack))}
    for place in sorted(edges | set(range(0, len(pack), 997))):
        assert found(pack[:place] + bytes([pack[place] ^ 1]) + pack[place + 1 :], tmp_path), place


def test_e01_it_says_which_file_and_which_field_was_changed(pack: bytes, tmp_path: Path) -> None:
    for name, content in members(pack).items():
        if name in verify_pack.KEPT:
            continue
        changed = zipped(members(pack) | {name: content[:-1] + b"?"})
        [line] = found(changed, tmp_path)
        assert line.startswith(f"{name}: its content was changed")
        assert "files/" not in name or f"the field {Path(name).stem}" in line


def test_e01_files_that_are_dropped_or_added_are_named(pack: bytes, tmp_path: Path) -> None:
    files = members(pack)
    without = {name: content for name, content in files.items() if name != "files/receipt.pdf"}
    assert found(zipped(without), tmp_path) == ["files/receipt.pdf: missing"]
    assert found(zipped(files | {"files/more.pdf": b"%PDF-"}), tmp_path) == ["files/more.pdf: not in the manifest"]
    assert found(zipped({**files, "../up.txt": b""}), tmp_path)[0].startswith("'../up.txt': no pack has a file")


def test_e01_the_pack_of_another_tenant_or_an_older_one_is_not_taken_for_this(pack: bytes, tmp_path: Path) -> None:
    assert found(pack, tmp_path, org=made.ORG, dispute="dp_1") == []
    assert "org is" in found(pack, tmp_path, org="another")[0]
    assert "manifest is" in found(pack, tmp_path, manifest="0" * 64)[0]
    other = members(written(tmp_path / "other", calls=70))
    swapped = members(pack) | {name: other[name] for name in ("manifest.json", "manifest.sig")}
    assert "sources/calls.jsonl: its content was changed" in found(zipped(swapped), tmp_path)


def test_e01_another_keys_signature_is_named(pack: bytes, tmp_path: Path) -> None:
    lines = found(written(tmp_path / "forged", OTHER), tmp_path)
    assert lines[0].startswith("manifest.sig: signed by the key")
    assert lines[1] == "manifest.sig: the signature of manifest.json is not valid"
    manifest = json.loads(members(pack)["manifest.json"]) | {"org": "another"}
    kept = zipped(members(pack) | {"manifest.json": json.dumps(manifest).encode()})
    assert found(kept, tmp_path) == ["manifest.sig: the signature of manifest.json is not valid"]


@pytest.mark.parametrize("signature", [b"", b"{}", b"[]", b'{"alg":"none"}', b'{"signature":"\\u0000"}', b"[" * 5000])
def test_e01_what_is_no_signature_is_refused(signature: bytes, pack: bytes, tmp_path: Path) -> None:
    assert found(zipped(members(pack) | {"manifest.sig": signature}), tmp_path)[0].startswith("manifest.sig")


@pytest.mark.parametrize(
    "name", ["../x.txt", "/etc/passwd", "files/../../x.pdf", "C:\\x.pdf", "files/x.pdf/", "files/a\0.pdf"]
)
def test_e03_names_that_lead_elsewhere_are_refused(name: str, pack: bytes, tmp_path: Path) -> None:
    assert "no pack has a file of this name" in found(zipped(members(pack) | {name: b"x"}), tmp_path)[0]


def test_e03_one_name_twice_is_refused(pack: bytes, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members(pack).items():
            packs.add(archive, name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            packs.add(archive, "README.txt", b"another")
    assert found(out.getvalue(), tmp_path) == ["README.txt: it is there twice"]


def test_e03_nothing_unfolds(pack: bytes, tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", bytes(50_000_000))
    assert "compressed" in found(bomb.getvalue(), tmp_path)[0]
    many = zipped(members(pack) | {f"files/{'a' * n}.pdf": b"" for n in range(1, 60)})
    assert found(many, tmp_path) == ["the archive: more than 64 files"]
    large = zipped(members(pack) | {"manifest.json": bytes(verify_pack.LARGEST_KEPT + 1)})
    assert "more than it can have" in found(large, tmp_path)[0]
    lying = pack[:18] + struct.pack("<LL", 1 << 31, 1 << 31) + pack[26:]
    assert "more than it can have" in found(lying, tmp_path)[0]


@pytest.mark.parametrize("cut", [0, 3, 29, 500, -1, -23])
def test_e01_half_a_pack_is_none(cut: int, pack: bytes, tmp_path: Path) -> None:
    assert found(pack[:cut], tmp_path)
    assert found(pack + b"x", tmp_path)
    assert found(b"x" + pack, tmp_path)


def test_e03_rows_hold_no_formula_that_a_spreadsheet_would_run(tmp_path: Path) -> None:
    hostile = made.facts(keys=(Key("k1", '=cmd|"/c calc"!A1\n=1+1', made.AT),))
    checkpoint = made.checkpoint(tmp_path, hostile)
    lines = (checkpoint.folder / "keys.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["k1"]
    assert all(line.startswith("{") for line in lines)
