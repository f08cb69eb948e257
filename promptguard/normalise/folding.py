"""Fold a text to the characters it reads as: NFKC, nothing invisible, no stacked marks, no look-alikes inside words."""

import unicodedata
from typing import Final

import numpy as np
import numpy.typing as npt

from promptguard.normalise import characters as table
from promptguard.normalise.characters import Step
from promptguard.normalise.reading import CodePoints, Positions, Reading, code_points, text_of

MARKS_KEPT: Final = 3  # on letters of scripts that live by marks (Hebrew, Thai, Devanagari); the rest is stuffing
_CONTROL: Final = bytes({*range(32), 127} - set(b"\t\n\r"))
_KANA: Final = (0x3040, 0x30FF)
Mask = npt.NDArray[np.bool_]


def fold(text: str) -> Reading:
    """Return `text` as it reads. Characters that stay where they are cost nothing; ASCII costs one scan."""
    if text.isascii() and len(text.encode().translate(None, _CONTROL)) == len(text):
        return Reading(text)
    points = code_points(text)
    table.learn(points)
    noted = int(np.bitwise_or.reduce(table.STEP[points]))
    if not noted:
        return Reading(text)
    folded, origins = _replace(points)
    steps = Step(noted) & ~(Step.HOMOGLYPH | Step.COMBINING | Step.HANGUL)
    if noted & Step.COMBINING:
        folded, origins, marked = _fold_marks(folded, origins)
        steps |= Step.COMBINING if marked else Step(0)
    if noted & Step.HANGUL:
        folded, origins = _compose_hangul(folded, origins)
        steps |= Step.NFKC
    if noted & Step.HOMOGLYPH:
        folded, twinned = _fold_lookalikes(folded)
        steps |= Step.HOMOGLYPH if twinned else Step(0)
    moved = len(folded) != len(points)
    return Reading(text_of(folded), np.append(origins, len(points)) if moved else None, _names(steps))


def _names(steps: Step) -> tuple[str, ...]:
    return tuple((step.name or "").lower().replace("_", "-") for step in Step if step & steps)


def _replace(points: CodePoints) -> tuple[CodePoints, Positions]:
    """Return `points` replaced, expanded and dropped by the tables, and where each came from."""
    lengths = table.LENGTH[points].astype(np.int64)
    places = np.arange(len(points), dtype=np.int64)
    if (lengths == 1).all():
        return table.READS_AS[0][points], places
    origins = np.repeat(places, lengths)
    folded = np.repeat(table.READS_AS[0][points], lengths)
    starts = np.cumsum(lengths) - lengths
    for ahead in range(1, int(lengths.max(initial=0))):
        longer = lengths > ahead
        folded[starts[longer] + ahead] = table.READS_AS[ahead][points[longer]]
    table.learn(folded)
    return folded, origins


def _fold_marks(points: CodePoints, origins: Positions) -> tuple[CodePoints, Positions, bool]:
    """Compose each letter with its first mark and drop stuffing; say whether anything but composing was done."""
    marks = table.KIND[points] == table.MARK
    places = np.arange(len(points))
    base = np.maximum.accumulate(np.where(marks, -1, places))
    rank = places - base
    folding = marks & (base >= 0)
    folding[folding] = _composes(points[base[folding]])
    first = np.flatnonzero(folding & (rank == 1))
    points = points.copy()
    lost = _compose_pairs(points, first)
    dropped = folding | (marks & ((base < 0) | (rank > MARKS_KEPT)))
    stuffed = lost or bool((dropped & (rank > 1)).any())
    return points[~dropped], origins[~dropped], stuffed


def _composes(bases: CodePoints) -> Mask:
    """Tell which base characters take no marks but those they compose with."""
    letters = table.LETTER[bases]
    kana = (bases >= _KANA[0]) & (bases <= _KANA[1])
    return np.asarray((bases < 0x80) | (letters != 0) & (letters != table.OTHER) | kana, dtype=np.bool_)


def _compose_pairs(points: CodePoints, marks: Positions) -> bool:
    """Compose each mark at `marks` into the character before it, in place; tell whether any could not be."""
    if not marks.size:
        return False
    pairs = points[marks - 1].astype(np.uint64) << np.uint64(21) | points[marks].astype(np.uint64)
    unique, which = np.unique(pairs, return_inverse=True)
    composed = [_composed(int(pair) >> 21, int(pair) & 0x1FFFFF) for pair in unique.tolist()]
    points[marks - 1] = np.array([point for point, _ in composed], np.uint32)[which]
    table.learn(points[marks - 1])
    return any(lost for _, lost in composed)


def _composed(base: int, mark: int) -> tuple[int, bool]:
    """Return the composed character, or the bare base and True where none exists."""
    text = unicodedata.normalize("NFC", chr(base) + chr(mark))
    return (ord(text), False) if len(text) == 1 else (base, True)


def _compose_hangul(points: CodePoints, origins: Positions) -> tuple[CodePoints, Positions]:
    """Compose conjoining jamo into syllables by Unicode's arithmetic (chapter 3.12)."""
    points = points.copy()
    following = np.append(points[1:], 0).astype(np.uint32)
    last = np.append(points[2:], (0, 0))[: len(points)].astype(np.uint32)
    lead = (points >= 0x1100) & (points <= 0x1112) & (following >= 0x1161) & (following <= 0x1175)
    tail = lead & (last >= 0x11A8) & (last <= 0x11C2)
    syllables = 0xAC00 + ((points - 0x1100) * 21 + (following - 0x1161)) * 28
    points[lead] = syllables[lead] + np.where(tail, last - 0x11A7, 0)[lead]
    dropped = np.zeros(len(points), np.bool_)
    dropped[np.flatnonzero(lead) + 1] = True
    dropped[np.flatnonzero(tail) + 2] = True
    table.learn(points)
    return points[~dropped], origins[~dropped]


def _fold_lookalikes(points: CodePoints) -> tuple[CodePoints, bool]:
    """Replace look-alikes in words that mix alphabets.

    Words made of look-alikes alone are folded too when some word mixes alphabets and no letter of the whole text
    proves that it is really written in the other alphabet.
    """
    letters = table.LETTER[points]
    inside = letters != 0
    if not inside.any():
        return points, False
    starts = np.flatnonzero(inside & ~np.append(False, inside[:-1]))
    kinds = np.bitwise_or.reduceat(np.where(inside, letters, 0), starts)
    foreign = kinds & (table.LOOKALIKE | table.LOOSE | table.FOREIGN)
    mixed = (kinds & table.LATIN != 0) & (foreign != 0)
    if not mixed.any():
        return points, False
    disguised = not bool((kinds[~mixed] & table.FOREIGN).any())
    chosen = mixed | disguised
    word = np.maximum(np.cumsum(inside & ~np.append(False, inside[:-1])) - 1, 0)
    twins = table.LATIN_TWIN[points]
    swap = inside & chosen[word] & (twins != 0)
    return np.where(swap, twins, points).astype(np.uint32), bool(swap.any())
