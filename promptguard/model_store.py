"""Trained artefacts: checked against their manifest before a byte of them is used.

An artefact is a directory with a ``manifest.json`` that names every file and its SHA-256. Files are numpy arrays
without pickles, JSON, or ONNX: data, never code. A file that is missing, unnamed or altered refuses to load.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ARTIFACTS = Path(__file__).parent / "artifacts"
MANIFEST = "manifest.json"


class ArtefactRefused(Exception):
    """An artefact is missing, incomplete or not what its manifest says."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A directory of files whose hashes were checked; `settings` are the thresholds and shapes it was trained with."""

    directory: Path
    version: str
    settings: Mapping[str, Any]
    hashes: Mapping[str, str]

    def read(self, name: str) -> bytes:
        """Return the bytes of the file called `name`, exactly as they were hashed."""
        if name not in self.hashes:
            raise ArtefactRefused(f"{self.directory.name}: {name} is not in the manifest")
        try:
            content = (self.directory / name).read_bytes()
        except OSError as error:
            raise ArtefactRefused(f"{self.directory.name}: {name} cannot be read: {error}") from error
        if hashlib.sha256(content).hexdigest() != self.hashes[name]:
            raise ArtefactRefused(f"{self.directory.name}: {name} is not the file its manifest names")
        return content

    @contextmanager
    def as_file(self, name: str) -> Iterator[str]:
        """Give the path of a copy in memory, made of the very bytes that were hashed and gone after the block.

        A library that is handed bytes keeps a second copy of them: 25 MiB for an encoder.
        """
        with os.fdopen(os.memfd_create(name), "wb") as copy:
            copy.write(self.read(name))
            copy.flush()
            yield f"/proc/self/fd/{copy.fileno()}"

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of an ``.npz`` file by name."""
        with np.load(io.BytesIO(self.read(name)), allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}


def load(name: str, root: Path = ARTIFACTS) -> Artefact:
    """Read the manifest of the artefact called `name`. Each file is checked when it is read."""
    directory = root / name
    try:
        manifest = json.loads((directory / MANIFEST).read_bytes())
        return Artefact(directory, manifest["version"], manifest["settings"], manifest["sha256"])
    except (OSError, ValueError, KeyError) as error:
        raise ArtefactRefused(f"{name}: no valid manifest: {error!r}") from error


def save(name: str, settings: Mapping[str, Any], files: Mapping[str, bytes], root: Path = ARTIFACTS) -> Artefact:
    """Write `files` and their manifest. The version comes from the content: equal training gives equal versions."""
    directory = root / name
    directory.mkdir(parents=True, exist_ok=True)
    hashes = {file: hashlib.sha256(content).hexdigest() for file, content in sorted(files.items())}
    digest = hashlib.sha256(json.dumps([hashes, settings], sort_keys=True).encode()).hexdigest()
    manifest = {"version": f"{name}-{digest[:12]}", "settings": dict(settings), "sha256": hashes}
    for file, content in files.items():
        (directory / file).write_bytes(content)
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return load(name, root)


def packed(**arrays: npt.NDArray[Any]) -> bytes:
    """Return `arrays` as the bytes of a compressed ``.npz`` file."""
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()
