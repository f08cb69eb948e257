"""Bytes to text, and pieces of text to readings, with the origin of every character kept."""

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from promptguard.normalise.reading import Positions, code_points

MAX_PIECES: Final = 4_000  # encoded runs of one kind in one text
FEWEST_READABLE: Final = 0.85  # share of printable ASCII below which a broken decoding is noise
LONG_ENOUGH_TO_JUDGE: Final = 24  # bytes; shorter ones must decode cleanly
_UNPRINTABLE: Final = bytes({*range(32), *range(127, 256)} - set(b"\t\n\r"))


WHOLE: Final = 16_384  # characters up to which a changed text is read again as a whole
REACH: Final = 1_000  # characters around a change that are read again in a longer one


class BoundExceeded(Exception):
    """The text hides more pieces or layers, or unfolds to more text, than the guard reads."""


class Piece(NamedTuple):
    """What one encoded run decodes to; `origins` has ``len(text) + 1`` positions in the encoded text."""

    text: str
    origins: Positions


def text_of_bytes(raw: bytes, origins: Positions) -> Piece:
    """Return `raw` as UTF-8 text, where `origins` (one more than bytes) tell where each byte came from.

    A byte that is not UTF-8 becomes a lone surrogate, which folding turns into U+FFFD.
    """
    text = raw.decode("utf-8", "surrogateescape")
    if len(text) == len(raw):
        return Piece(text, origins)
    starts = np.cumsum(widths(text)) - widths(text)
    return Piece(text, np.append(origins[starts], origins[-1]))


def widths(text: str) -> Positions:
    """Return how many UTF-8 bytes each character of `text` takes (an escaped byte takes one)."""
    points = code_points(text)
    escaped = (points >= 0xDC80) & (points <= 0xDCFF)
    wide = 1 + (points > 0x7F).astype(np.int64) + (points > 0x7FF) + (points > 0xFFFF)
    return np.where(escaped, 1, wide)


def readable(raw: bytes) -> bool:
    """Tell whether decoded bytes are text rather than noise."""
    if not raw:
        return False
    noise = len(raw) - len(raw.translate(None, _UNPRINTABLE))
    if noise == 0:
        return True
    if len(raw) >= LONG_ENOUGH_TO_JUDGE and 1 - noise / len(raw) >= FEWEST_READABLE:
        return True
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char in "\t\n\r" for char in text)


def joined(pieces: Iterable[Piece]) -> Piece | None:
    """Return the pieces as one text, a line each; ``None`` if there are none."""
    found = list(islice(pieces, MAX_PIECES + 1))
    if not found:
        return None
    if len(found) > MAX_PIECES:
        raise BoundExceeded("the text holds more encoded pieces than the guard reads")
    text = "\n".join(piece.text for piece in found)
    return Piece(text, np.concatenate([piece.origins for piece in found]))


def substituted(text: str, matches: Iterable[re.Match[str]], replace: Callable[[re.Match[str]], str]) -> Piece | None:
    """Return `text` with each match replaced; ``None`` if nothing changes. Replaced characters come from the match."""
    starts, ends, pieces, kept_to = [], [], [], 0
    texts: list[str] = []
    for match in matches:
        piece = replace(match)
        if piece != match.group():
            starts.append(match.start())
            ends.append(match.end())
            texts += (text[kept_to : match.start()], piece)
            pieces.append(len(piece))
            kept_to = match.end()
    if not starts:
        return None
    changed = "".join((*texts, text[kept_to:]))
    return Piece(changed, _origins_of(len(text), np.array(starts), np.array(ends), np.array(pieces)))


def _origins_of(length: int, starts: Positions, ends: Positions, pieces: Positions) -> Positions:
    """Return the origins of a text of `length` whose spans `starts`..`ends` became `pieces` characters each."""
    count = 2 * len(starts) + 1
    sources, lengths, slopes = np.zeros(count, np.int64), np.zeros(count, np.int64), np.ones(count, np.int64)
    sources[1::2], sources[2::2] = starts, ends
    lengths[0::2] = np.append(starts, length) - sources[0::2]
    lengths[1::2] = pieces
    slopes[1::2] = 0
    begins = np.cumsum(lengths) - lengths
    within = np.arange(int(lengths.sum())) - np.repeat(begins, lengths)
    return np.append(np.repeat(sources, lengths) + np.repeat(slopes, lengths) * within, length)


def near_changes(text: str, piece: Piece) -> Piece:
    """Return of a long `piece` of `text` what stands within `REACH` of a change, a passage a line; the rest is read."""
    if len(piece.text) <= WHOLE:
        return piece
    origins = piece.origins[:-1]
    changed = code_points(piece.text) != code_points(text)[np.minimum(origins, len(text) - 1)]
    changed[1:] |= np.diff(origins) != 1
    places = np.flatnonzero(changed)
    return passages(piece, places - REACH, places + REACH + 1) or piece


def passages(piece: Piece, starts: Positions, stops: Positions) -> Piece | None:
    """Return the union of the spans `starts`..`stops` (ascending) of `piece`, a line each; ``None`` of no spans."""
    if not starts.size:
        return None
    apart = starts[1:] > stops[:-1]
    begins = np.maximum(starts[np.append(True, apart)], 0).tolist()
    ends = np.minimum(stops[np.append(apart, True)], len(piece.text)).tolist()
    spans = zip(begins, ends, strict=True)
    return joined(Piece(piece.text[start:end], piece.origins[start : end + 1]) for start, end in spans)
