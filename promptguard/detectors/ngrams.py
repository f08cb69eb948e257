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
_HALF, _WORD_HALF = np.uint32(15), np.uint64(29)
_WORD_BASE = np.uint64(6364136223846793005)  # odd, so it has an inverse modulo 2**64
_WORD_BASE_INVERSE = np.uint64(pow(6364136223846793005, -1, 1 << 64))
_WORD_SHIFT = np.uint64(64 - BUCKET_BITS)
_WORD_MIX = np.uint64(0x9E3779B97F4A7C15)
_PAIR_MIX = np.uint64(0xD6E8FEB86659FD93)
_PLAIN = bytes(range(256)).lower().translate(bytes.maketrans(b"123456789\t\n\v\f\r", b"0" * 9 + b" " * 5))


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
    return tuple(  # type: ignore[return-value]  # numpy's arithmetic
        np.concatenate([np.ones(1, np.uint64), np.cumprod(np.full(CHUNK, base, np.uint64), dtype=np.uint64)])
        for base in (_WORD_BASE, _WORD_BASE_INVERSE)
    )


def codes(text: str) -> Codes:
    """Return the code points of `text` in lower case, digits as 0 and white space as blanks; as many as `text` has."""
    if text.isascii():
        return np.frombuffer(text.encode().translate(_PLAIN), np.uint8).astype(np.uint32)
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
    padded = np.full(size + max(CHAR_ORDERS) - 1, 0x20, np.uint32)
    padded[max(CHAR_ORDERS) - 1 :] = points
    out = np.empty((len(CHAR_ORDERS), size), np.uint32)
    total, spare = points * _MULTIPLIERS[0], np.empty(size, np.uint32)
    for back in range(1, max(CHAR_ORDERS)):
        first = max(CHAR_ORDERS) - 1 - back
        total += np.multiply(padded[first : first + size], _MULTIPLIERS[back], out=spare)
        if back + 1 in _MIXERS:
            row = out[CHAR_ORDERS.index(back + 1)]
            np.right_shift(total, _HALF, out=row)
            row ^= total
            row *= _MIXERS[back + 1]
            row >>= _SHIFT
    return out


def _words(points: Codes) -> tuple[Codes, Codes, npt.NDArray[np.int64]]:
    inside = np.zeros(len(points) + 2, np.bool_)
    np.take(_word_characters(), points, mode="clip", out=inside[1:-1])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[0::2], edges[1::2]
    powers, inverses = _powers()
    sums = np.zeros(len(points) + 1, np.uint64)
    np.cumsum(points * powers[: len(points)], out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * inverses[starts]
    hashes ^= hashes >> _WORD_HALF
    before = np.zeros_like(hashes)
    before[1:] = hashes[:-1]
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
        sums, ends = self._running(text)
        if len(text) <= window * 5 // 4:
            starts, stops = np.zeros(1, np.int64), np.array([len(text)])
        else:
            starts = np.arange(0, len(text) - window + stride, stride)
            stops = np.minimum(starts + window, len(text))
        words = np.searchsorted(ends, stops, side="right") - np.searchsorted(ends, starts, side="right")
        seen = np.maximum(len(CHAR_ORDERS) * (stops - starts) + 2 * words, 1)
        return starts, ((sums[stops] - sums[starts]) / np.sqrt(seen) + self.bias).astype(np.float32)

    def _running(self, text: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return the sums of the weights before each position, and where words end."""
        sums, ends = np.zeros(len(text) + 1), [np.zeros(0, np.int64)]
        for start in range(0, len(text), CHUNK):
            found = grams_of(text[start : start + CHUNK])
            each = sums[start + 1 : start + found.chars.shape[1] + 1]
            for order in self.weights.take(found.chars, mode="clip"):
                each += order
            each[found.ends - 1] += self.weights.take(found.words) + self.weights.take(found.pairs)
            ends.append(found.ends + start)
        return np.cumsum(sums, out=sums), np.concatenate(ends)
