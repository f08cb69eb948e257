"""Whether a passage is in English: what tier 1 knows well. Other languages are the encoder's."""

import re2

from promptguard.normalise.vocabulary import words

KNOWN = 0.6  # share of the words of an English passage that are common ones
_WORD = re2.compile(r"[\p{L}\p{M}]+")


def is_english(passage: str) -> bool:
    """Return whether six in ten words of `passage` are common English ones; also if it has no words."""
    found = _WORD.findall(passage.lower())
    return sum(word in words() for word in found) >= KNOWN * len(found)
