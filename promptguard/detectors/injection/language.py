"""Whether a passage is in English: what tier 1 knows well. Other languages are the encoder's."""

import unicodedata

from promptguard.normalise.vocabulary import words

KNOWN = 0.6  # share of the words of an English passage that are common ones


class _Letters(dict[int, int]):
    """What is left of each code point, as `str.translate` asks: letters and marks as they are, a blank of the rest."""

    def __missing__(self, point: int) -> int:
        self[point] = point if unicodedata.category(chr(point))[0] in "LM" else 0x20
        return self[point]


_LETTERS = _Letters()


def is_english(passage: str) -> bool:
    """Return whether six in ten words of `passage` are common English ones; also if it has no words."""
    found = passage.lower().translate(_LETTERS).split()
    return sum(map(words().__contains__, found)) >= KNOWN * len(found)
