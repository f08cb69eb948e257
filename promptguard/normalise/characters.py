"""What each character reads as, and the folding of whole texts by those tables.

The tables fill themselves: a code point is described the first time it is met, then it is an array look-up. Nothing
here loops over a text in Python, so a megabyte of hostile characters costs milliseconds.
"""

import re
import unicodedata
from enum import IntFlag
from typing import Final

import numpy as np

from promptguard.normalise.lookalikes import ALPHABETS, alphabet, loose_lookalike, strict_lookalike, styled_latin
from promptguard.normalise.reading import CodePoints

LONGEST_EXPANSION: Final = 4  # U+FDFA alone would read as 18 characters; longer ones stay as they are
_SIZE: Final = 0x110000

KEEP, DROP, MARK = 1, 2, 3
LATIN, LOOKALIKE, LOOSE, FOREIGN, OTHER, DIGIT = 1, 2, 4, 8, 16, 32


class Step(IntFlag):
    """What the characters of a text made the fold do; the names are those of `View.steps`."""

    NFKC = 1
    TYPOGRAPHY = 2
    DIGITS = 4
    JOINER = 8
    PRESENTATION = 16
    STYLED = 32
    COMBINING = 64
    HOMOGLYPH = 128
    ZERO_WIDTH = 256
    BIDI = 512
    TAG = 1024
    VARIATION = 2048
    CONTROL = 4096
    HANGUL = 8192


KIND: Final = np.zeros(_SIZE, np.uint8)
STEP: Final = np.zeros(_SIZE, np.uint16)
LETTER: Final = np.zeros(_SIZE, np.uint8)
LENGTH: Final = np.zeros(_SIZE, np.uint8)
READS_AS: Final = tuple(np.zeros(_SIZE, np.uint32) for _ in range(LONGEST_EXPANSION))  # one table a position
LATIN_TWIN: Final = np.zeros(_SIZE, np.uint8)

_TYPOGRAPHY: Final = {
    **dict.fromkeys("‐‑‒–—―−⁃˗➖﹘", "-"),
    **dict.fromkeys("‘’‚‛′ʹʼˈ＇", "'"),
    **dict.fromkeys("“”„‟″〝〞", '"'),
    **dict.fromkeys("∶꞉ː։׃", ":"),
    **dict.fromkeys("⁄∕⧸╱", "/"),
    **dict.fromkeys("∗⁎✱", "*"),
    **dict.fromkeys("․․ꓸ", "."),
    "\u2028": "\n",
    "\u2029": "\n",
    "\x85": "\n",
    "\x0b": " ",
    "\x0c": " ",
}
_JOINERS: Final = frozenset("\u200c\u200d\u200e\u200f\u061c")
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0")
_VISIBLE_FORMATS: Final = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]")
_FORMAT_STEPS: Final = (
    (0x202A, 0x202E, Step.BIDI),
    (0x2066, 0x2069, Step.BIDI),
    (0xE0000, 0xE007F, Step.TAG),
    (0xFE0E, 0xFE0F, Step.PRESENTATION),
    (0xFE00, 0xFE0D, Step.VARIATION),
    (0xE0100, 0xE01EF, Step.VARIATION),
    (0x180B, 0x180F, Step.VARIATION),
)


def learn(points: CodePoints) -> None:
    """Describe the code points of `points` that were never met before."""
    unmet = points[KIND[points] == 0]
    if unmet.size:
        for point in np.unique(unmet).tolist():
            _describe(point)


def _describe(point: int) -> None:
    """Fill the tables for one code point; `KIND` goes last, so that another thread never sees half a description."""
    char = chr(point)
    dropped = _dropped(char)
    if dropped:
        _note(point, "", DROP, dropped)
        return
    if unicodedata.category(char) in {"Mn", "Me"}:
        _note(point, char, MARK, Step.COMBINING)
        return
    text, step = _reads_as(char)
    _describe_letter(point, text)
    _note(point, text, KEEP, step)


def _note(point: int, text: str, kind: int, step: Step) -> None:
    LENGTH[point] = len(text)
    for place, part in enumerate(text):
        READS_AS[place][point] = ord(part)
    STEP[point] |= step
    KIND[point] = kind


def _dropped(char: str) -> Step | None:
    """Return why `char` is invisible, if it is."""
    point = ord(char)
    for first, last, step in _FORMAT_STEPS:
        if first <= point <= last:
            return step
    if char in _JOINERS:
        return Step.JOINER
    category = unicodedata.category(char)
    if char in _INVISIBLE or (category == "Cf" and not _VISIBLE_FORMATS.match(char)):
        return Step.ZERO_WIDTH
    if category == "Cc" and char not in "\t\n\r" and char not in _TYPOGRAPHY:
        return Step.CONTROL
    return None


def _reads_as(char: str) -> tuple[str, Step]:
    """Return the plain text that `char` stands for, and the step that says so."""
    if char.isascii() and char not in _TYPOGRAPHY:
        return char, Step(0)
    if char in _TYPOGRAPHY:
        return _TYPOGRAPHY[char], Step.TYPOGRAPHY
    category = unicodedata.category(char)
    if category in {"Zs", "Cs"}:
        return " " if category == "Zs" else "\ufffd", Step.TYPOGRAPHY
    styled = styled_latin(char)
    if styled:
        return styled, Step.STYLED
    plain = unicodedata.normalize("NFKC", char)
    if plain != char and len(plain) <= LONGEST_EXPANSION and not plain.startswith(" "):
        return "".join(_TYPOGRAPHY.get(part, part) for part in plain), Step.NFKC
    digit = unicodedata.decimal(char, None)
    return (char, Step(0)) if digit is None else (str(digit), Step.DIGITS)


def _describe_letter(point: int, text: str) -> None:
    """Note the script of a letter and, where it looks like a Latin one, which."""
    char = text[0]
    if char.isdigit() or char == "_":
        LETTER[point] = DIGIT
    elif char.isalpha():
        _describe_script(point, char)


def _describe_script(point: int, char: str) -> None:
    script = "LATIN" if char.isascii() else alphabet(char)
    if script == "LATIN":
        LETTER[point] = LATIN
    elif script not in ALPHABETS:
        LETTER[point] = OTHER
    else:
        strict = strict_lookalike(char)
        twin = strict or loose_lookalike(char)
        LETTER[point] = LOOKALIKE if strict else LOOSE if twin else FOREIGN
        if twin:
            LATIN_TWIN[point] = ord(twin)
            STEP[point] |= Step.HOMOGLYPH
    if 0x1100 <= ord(char) <= 0x11FF:
        STEP[point] |= Step.HANGUL
