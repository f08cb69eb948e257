"""Text written in characters nobody sees: tags, variation selectors, zero-width bits, bidi overrides, deletions."""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from promptguard.normalise.characters import STEP, Step, learn
from promptguard.normalise.ciphers import backwards
from promptguard.normalise.decoding import Piece, joined, near_changes, readable, text_of_bytes
from promptguard.normalise.reading import Reading, code_points, text_of

FEWEST_SELECTORS: Final = 4
_HIDING: Final = (
    Step.TAG | Step.VARIATION | Step.PRESENTATION | Step.ZERO_WIDTH | Step.JOINER | Step.BIDI | Step.CONTROL
)
_BITS: Final = re.compile("[\u200b\u200c\u200d\u2060\ufeff]{16,}")
_OVERRIDDEN: Final = re.compile("[\u202d\u202e]([^\u202a-\u202e\n]+)")
_DELETED: Final = re.compile("[^\x08\x7f][\x08\x7f]")


def hidden_texts(reading: Reading) -> Iterator[Reading]:
    """Yield what `reading`, not yet folded, hides in characters that folding drops."""
    text = reading.text
    if text.isascii() and "\x08" not in text and "\x7f" not in text:
        return
    points = code_points(text)
    learn(points)
    if not (STEP[points] & int(_HIDING)).any():
        return
    for step, reveal in (("tag", _tags), ("variation-selector", _selectors), ("zero-width", _bits)):
        piece = reveal(text)
        if piece:
            yield reading.then(piece.text, piece.origins, step)
    overridden = joined(_overridden(text))
    if overridden:
        yield reading.then(overridden.text, overridden.origins, "bidi", mirrored=True)
    deleted = _undeleted(text)
    if deleted:
        yield reading.then(deleted.text, deleted.origins, "deletion")


def _tags(text: str) -> Piece | None:
    """Read tag characters as the ASCII they shadow."""
    points = code_points(text)
    places = np.flatnonzero((points >= 0xE0020) & (points <= 0xE007E))
    if not places.size:
        return None
    return Piece(text_of(points[places] - 0xE0000), np.append(places, places[-1] + 1))


def _selectors(text: str) -> Piece | None:
    """Read variation selectors as the bytes 0 to 255 that their numbers are."""
    points = code_points(text).astype(np.int64)
    low, high = (points >= 0xFE00) & (points <= 0xFE0F), (points >= 0xE0100) & (points <= 0xE01EF)
    places = np.flatnonzero(low | high)
    if places.size < FEWEST_SELECTORS:
        return None
    numbers = np.where(points[places] < 0xE0100, points[places] - 0xFE00, points[places] - 0xE0100 + 16)
    raw = numbers.astype(np.uint8).tobytes()
    return text_of_bytes(raw, np.append(places, places[-1] + 1)) if readable(raw) else None


def _bits(text: str) -> Piece | None:
    """Read runs of zero-width characters as bits, either way round."""
    return joined(piece for match in _BITS.finditer(text) if (piece := _bit_piece(match.group(), match.start())))


def _bit_piece(run: str, start: int) -> Piece | None:
    points = code_points(run)
    ones = [points == ord(one) for one in ("\u200c", "\u200d", "\u200b")]
    for bits in ones:
        raw = np.packbits(bits[: len(bits) // 8 * 8]).tobytes()
        if readable(raw):
            return text_of_bytes(raw, np.append(start + np.arange(len(raw)) * 8, start + len(run)))
    return None


def _overridden(text: str) -> Iterator[Piece]:
    for match in _OVERRIDDEN.finditer(text):
        piece = backwards(match.group(1))
        yield Piece(piece.text, piece.origins + match.start(1))


def _undeleted(text: str) -> Piece | None:
    """Read what stays when each backspace takes the character before it."""
    spans = [match.span() for match in _DELETED.finditer(text)]
    if not spans:
        return None
    points, kept = code_points(text), np.ones(len(text), np.bool_)
    for start, end in spans:
        kept[start:end] = False
    return near_changes(text, Piece(text_of(points[kept]), np.append(np.flatnonzero(kept), len(text))))
