"""Hashed character and word n-grams, scored window by window with nothing but numpy.

Every character position ends one n-gram of each order in `CHAR_ORDERS`; every word end also ends a word and a pair of
words. Each n-gram falls into one of ``2 ** BUCKET_BITS`` buckets, and a linear model gives each bucket a weight. The
weights are summed up along the text once, so that any window's score is a difference of two sums.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

BUCKET_BITS = 18
CHAR_ORDERS = (3, 4, 5)
CHUNK = 1 << 15  # code points featurised at a time: bounds the memory a long text takes
WINDOW = 256  # code points; the length of most prompts that hold one attack
STRIDE = 128

Codes = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float32]

_MULTIPLIERS = np.array([2654435761, 2246822519, 3266489917, 668265263, 374761393], dtype=np.uint32)
_MIXERS = {3: np.uint32(0x9E3779B1), 4: np.uint32(0x85EBCA77), 5: np.uint32(0xC2B2AE3D)}
_SHIFT = np.uint32(32 - BUCKET_BITS)
_WORD_BASE = np.uint64(6364136223846793005)  # odd, so it has an inverse modulo 2**64
_WORD_BASE_INVERSE = np.uint64(pow(6364136223846793005, -1, 1 << 64))
_WORD_SHIFT = np.uint64(64 - BUCKET_BITS)
_WORD_MIX = np.uint64(0x9E3779B97F4A7C15)
_PAIR_MIX = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of a text of n code points: `chars` is [3, n] buckets; word i ends before `ends[i]`."""

    chars: Codes
    words: Codes
    pairs: Codes
    ends: npt.NDArray[np.int64]

    def buckets(self) -> Codes:
        """Return the bucket of every n-gram, repeats included."""
        return np.concatenate([self.chars.ravel(), self.words, self.pairs])


@cache
def _word_characters() -> npt.NDArray[np.bool_]:
    """Return whether each code point of the basic plane is a letter or digit."""
    return np.fromiter((chr(code).isalnum() for code in range(1 << 16)), dtype=np.bool_, count=1 << 16)


@cache
def _powers() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return base**i and base**-i modulo 2**64 for i ≤ CHUNK."""
    return tuple(  # type: ignore[return-value]
        np.concatenate([np.ones(1, np.uint64), np.cumprod(np.full(CHUNK, base, np.uint64), dtype=np.uint64)])
        for base in (_WORD_BASE, _WORD_BASE_INVERSE)
    )


def codes(text: str) -> Codes:
    """Return the code points of `text` in lower case, digits as 0 and white space as blanks; as many as `text` has."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters, such as İ, grow when lowered
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    points = np.frombuffer(lowered.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).copy()
    points[(points >= 0x30) & (points <= 0x39)] = 0x30
    points[(points >= 9) & (points <= 13)] = 0x20
    return points


def grams(points: Codes) -> Grams:
    """Return the n-grams of at most CHUNK code points."""
    words, pairs, ends = _words(points)
    return Grams(_chars(points), words, pairs, ends)


@lru_cache(maxsize=4)
def grams_of(text: str) -> Grams:
    """Return the n-grams of at most CHUNK characters; remembered, since several models read one text in turn."""
    return grams(codes(text))


def _chars(points: Codes) -> Codes:
    size = len(points)
    padded = np.concatenate([np.full(max(CHAR_ORDERS) - 1, 0x20, np.uint32), points])
    out = np.empty((len(CHAR_ORDERS), size), np.uint32)
    total = np.zeros(size, np.uint32)
    last = len(padded)
    for back in range(max(CHAR_ORDERS)):
        total += padded[last - size - back : last - back] * _MULTIPLIERS[back]
        if back + 1 in _MIXERS:
            row = out[CHAR_ORDERS.index(back + 1)]
            np.bitwise_xor(total, total >> np.uint32(15), out=row)
            row *= _MIXERS[back + 1]
            row >>= _SHIFT
    return out


def _words(points: Codes) -> tuple[Codes, Codes, npt.NDArray[np.int64]]:
    inside = np.zeros(len(points) + 2, np.int8)
    inside[1:-1] = _word_characters()[np.minimum(points, 0xFFFF)]
    edges = np.diff(inside)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    powers, inverses = _powers()
    sums = np.zeros(len(points) + 1, np.uint64)
    np.cumsum(points * powers[: len(points)], dtype=np.uint64, out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * inverses[starts]
    hashes ^= hashes >> np.uint64(29)
    before = np.concatenate([np.zeros(1, np.uint64), hashes[:-1]]) if len(hashes) else hashes
    pairs = (before * _PAIR_MIX + hashes) * _PAIR_MIX
    words = hashes * _WORD_MIX
    return (words >> _WORD_SHIFT).astype(np.uint32), (pairs >> _WORD_SHIFT).astype(np.uint32), ends


@dataclass(frozen=True, slots=True)
class NgramModel:
    """A linear model: `weights` [2**BUCKET_BITS] by bucket, and its intercept. Scores are log-odds."""

    weights: Floats
    bias: float

    def score(self, text: str) -> float:
        """Return the score of the whole text as one window."""
        return float(self.windows(text, window=max(len(text), 1))[1][0])

    def windows(self, text: str, window: int = WINDOW, stride: int = STRIDE) -> tuple[npt.NDArray[np.int64], Floats]:
        """Return the start of each window over `text` and its score. A text of up to 1.25 windows is one window."""
        sums, counts = self._running(text)
        if len(text) <= window * 5 // 4:
            starts, stops = np.zeros(1, np.int64), np.array([len(text)])
        else:
            starts = np.arange(0, len(text) - window + stride, stride)
            stops = np.minimum(starts + window, len(text))
        seen = np.maximum(counts[stops] - counts[starts], 1)
        return starts, ((sums[stops] - sums[starts]) / np.sqrt(seen) + self.bias).astype(np.float32)

    def _running(self, text: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return the sums of the weights and the numbers of n-grams before each position."""
        sums, counts = np.zeros(len(text) + 1), np.zeros(len(text) + 1, np.int64)
        for start in range(0, len(text), CHUNK):
            found = grams_of(text[start : start + CHUNK])
            size = found.chars.shape[1]
            each = self.weights[found.chars].sum(axis=0, dtype=np.float64)
            number = np.full(size, len(CHAR_ORDERS))
            each[found.ends - 1] += self.weights[found.words] + self.weights[found.pairs]
            number[found.ends - 1] += 2
            sums[start + 1 : start + size + 1] = each
            counts[start + 1 : start + size + 1] = number
        return np.cumsum(sums, out=sums), np.cumsum(counts, out=counts)
