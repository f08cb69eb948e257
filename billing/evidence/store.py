"""Where packs lie: a folder of the product's own for each, below that of its organisation. Read only by its hash.

``checkpoint/`` holds what a pack is made of (``facts.json``, ``index.json``, rows), ``pack.zip`` the pack itself. Both
are written beside and then renamed: what is there is whole. Who can write here can destroy a pack, but not change it.
"""

import hashlib
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import orjson
from django.conf import settings

from billing.evidence.facts import Facts, as_json, from_json
from billing.evidence.models import EvidencePack
from billing.evidence.packs import Checkpoint, Source

_FACTS, _INDEX = "facts.json", "index.json"


class Broken(Exception):
    """A pack's file is gone, or is not what was written."""


def folder(org_id: UUID, pack_id: UUID) -> Path:
    """Return the folder of a pack, made where it is missing."""
    path: Path = settings.EVIDENCE_FOLDER / str(org_id) / str(pack_id)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def checkpoint(pack: EvidencePack) -> Checkpoint | None:
    """Return what the pack is made of, if it was gathered."""
    path = folder(pack.org_id, pack.id) / "checkpoint"
    if not path.exists():
        return None
    index = orjson.loads((path / _INDEX).read_bytes())
    sources = tuple(Source(**each) for each in index["sources"])
    return Checkpoint(from_json((path / _FACTS).read_bytes()), index["redactions"], sources, path)


def keep_checkpoint(
    pack: EvidencePack, gather: Callable[[Path], tuple[Facts, Mapping[str, int], tuple[Source, ...]]]
) -> Checkpoint:
    """Let `gather` write rows into a folder, and keep them with the facts that it returns: all of it or nothing."""
    home = folder(pack.org_id, pack.id)
    beside = home / f".{secrets.token_hex(8)}"
    beside.mkdir(mode=0o700)
    try:
        facts, redactions, sources = gather(beside)
        index = {"redactions": redactions, "sources": [asdict(source) for source in sources]}
        (beside / _FACTS).write_bytes(as_json(facts))
        (beside / _INDEX).write_bytes(orjson.dumps(index))
        for path in beside.iterdir():
            _sync(path)
        _rename(beside, home / "checkpoint")
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    kept = checkpoint(pack)
    if kept is None:
        raise Broken("What a pack is made of could not be kept.")
    return kept


def keep_archive(pack: EvidencePack, write: Callable[[BinaryIO], object]) -> str:
    """Let `write` make the archive and keep it; returns its SHA-256."""
    home = folder(pack.org_id, pack.id)
    beside = home / f".{secrets.token_hex(8)}"
    try:
        with beside.open("w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        sha = _hash(beside)
        beside.replace(home / "pack.zip")
    finally:
        beside.unlink(missing_ok=True)
    return sha


def archive(pack: EvidencePack) -> Path:
    """Return the archive, if it is the one that was built; raises `Broken`."""
    path = folder(pack.org_id, pack.id) / "pack.zip"
    try:
        if pack.archive_sha256 and _hash(path) == pack.archive_sha256:
            return path
    except OSError as error:
        raise Broken("The archive of the pack is gone.") from error
    raise Broken("The archive of the pack is not the one that was built.")


def members(pack: EvidencePack, names: Iterable[str]) -> dict[str, bytes]:
    """Return files of a pack that is whole, by their names; raises `Broken`, and `KeyError` for one it has not."""
    with zipfile.ZipFile(archive(pack)) as opened:
        return {name: opened.read(name) for name in names}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _rename(beside: Path, path: Path) -> None:
    """Put a folder in its place; where another worker was first, theirs is the same and stays."""
    try:
        beside.rename(path)
    except OSError:
        if not path.exists():
            raise
