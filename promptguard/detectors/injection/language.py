"""Whether a passage is in English: what tier 1 knows well. Other languages are the encoder's."""

import unicodedata

from promptguard.normalise.vocabulary import words

KNOWN = 0.6  # share of the words of an English passage that are common ones
FEWEST = 3  # words of a sentence to judge it by: names and commands are shorter
_END, _BLANK = 0x0A, 0x20
_ENDS = frozenset(map(ord, ".!?。！？।\n"))


class _Letters(dict[int, int]):
    """What is left of each code point, as `str.translate` asks: letters and marks, ends of sentences, else a blank."""

    def __missing__(self, point: int) -> int:
        letter = unicodedata.category(chr(point))[0] in "LM"
        self[point] = point if letter else _END if point in _ENDS else _BLANK
        return self[point]


_LETTERS = _Letters()


def is_english(passage: str) -> bool:
    """Return whether six in ten words of `passage` are common English ones; also if it has no words."""
    return _known(passage.lower().translate(_LETTERS).split())


def is_mixed(passage: str) -> bool:
    """Return whether a sentence of `passage` is in another language than English: orders are slipped in that way."""
    return any(map(_foreign, passage.lower().translate(_LETTERS).split("\n")))


def _foreign(sentence: str) -> bool:
    """Return whether the words are not English; fewer than `FEWEST` count if their script is not Latin."""
    found = sentence.split()
    return not _known(found) and (len(found) >= FEWEST or sum(map(str.isascii, sentence)) * 2 < len(sentence))


def _known(found: list[str]) -> bool:
    return sum(map(words().__contains__, found)) >= KNOWN * len(found)
