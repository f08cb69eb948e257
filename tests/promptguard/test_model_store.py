"""Artefacts: loaded only when they are what their manifest says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from promptguard import model_store
from promptguard.model_store import ArtefactRefused, load, packed, save


def saved(root: Path) -> model_store.Artefact:
    return save("toy", {"threshold": 2.5}, {"toy.npz": packed(weights=np.arange(3))}, root)


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    saved(tmp_path)
    artefact = load("toy", tmp_path)
    assert artefact.settings["threshold"] == 2.5
    assert artefact.arrays("toy.npz")["weights"].tolist() == [0, 1, 2]


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    first = saved(tmp_path / "one").version
    assert saved(tmp_path / "two").version == first
    other = save("toy", {"threshold": 2.6}, {"toy.npz": packed(weights=np.arange(3))}, tmp_path / "three")
    assert other.version != first


def test_a_flipped_bit_refuses_to_load(tmp_path: Path) -> None:
    artefact = saved(tmp_path)
    path = tmp_path / "toy" / "toy.npz"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ArtefactRefused, match="not the file its manifest names"):
        artefact.arrays("toy.npz")


def test_a_copy_in_memory_is_what_was_hashed_and_goes_with_the_block(tmp_path: Path) -> None:
    artefact = saved(tmp_path)
    with artefact.as_file("toy.npz") as path:
        assert Path(path).read_bytes() == artefact.read("toy.npz")
        assert not Path(path).resolve().is_relative_to(tmp_path)
    assert not Path(path).exists()


def test_a_file_the_manifest_does_not_name_is_refused(tmp_path: Path) -> None:
    artefact = saved(tmp_path)
    (tmp_path / "toy" / "extra.npz").write_bytes(packed(weights=np.arange(3)))
    with pytest.raises(ArtefactRefused, match="not in the manifest"):
        artefact.arrays("extra.npz")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    artefact = saved(tmp_path)
    (tmp_path / "toy" / "toy.npz").unlink()
    with pytest.raises(ArtefactRefused, match="cannot be read"):
        artefact.read("toy.npz")


@pytest.mark.parametrize("manifest", ["", "{}", json.dumps({"version": "x", "settings": {}})])
def test_a_broken_manifest_is_refused(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "manifest.json").write_text(manifest)
    with pytest.raises(ArtefactRefused, match="no valid manifest"):
        load("toy", tmp_path)


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.npz"
    np.savez(path, weights=np.array([{"a": 1}], dtype=object))
    artefact = save("toy", {}, {"evil.npz": path.read_bytes()}, tmp_path)
    with pytest.raises(ValueError, match="allow_pickle"):
        artefact.arrays("evil.npz")


def test_a_model_reports_to_nobody(tmp_path: Path) -> None:
    """onnxruntime would keep a database of its use, and send it to its maker, from a thread no fork takes along."""
    read = "from promptguard.detectors import encoder as e; e.shared(e.load('encoder').directory.parent).load()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    subprocess.run([sys.executable, "-c", read], check=True, env=environment | {"HOME": str(tmp_path)})
    assert not list(tmp_path.iterdir())
