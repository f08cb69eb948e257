"""The common words that tell whether an unscrambled text is language, and cut unspaced letters into words.

`words.txt` is a list of frequent English words, counted over the public training data (at least 14 texts of three
sources); it holds no text of theirs.
"""

from functools import cache
from importlib.resources import files
from typing import Final

LONGEST_WORD: Final = 16

# Words that attacks and ordinary sentences lean on: two of them rotated or reversed give a cipher away.
_TELLING: Final = """
    ignore previous instructions instruction system prompt password passwords reveal disregard please tell print repeat
    forget override rules from send with this that what number card account security name address customer email the
    you your all and everything secret secrets confidential credentials access above prior developer message
    write show give list about credit social patient phone call key keys token database delete following user
"""
TELLING: Final = tuple(_TELLING.split())
_REAL_WHEN_REVERSED: Final = frozenset({"and", "name", "keys", "key"})


@cache
def words() -> frozenset[str]:
    """Return the vocabulary, all lower case."""
    return frozenset(files("promptguard.normalise").joinpath("words.txt").read_text("utf-8").split())


def reversible() -> tuple[str, ...]:
    """Return the telling words whose reversal is no word of any common language."""
    return tuple(word for word in TELLING if word not in _REAL_WHEN_REVERSED)


def word_breaks(letters: str) -> list[int]:
    """Return where to put spaces into `letters` so that it falls into the fewest, best known words.

    A Viterbi pass: a known word costs 1, each letter outside known words costs 1.5. Linear in ``len(letters)``.
    """
    known, lower = words(), letters.lower()
    costs, came = [0.0], [0]
    for end in range(1, len(lower) + 1):
        best, origin = costs[end - 1] + 1.5, end - 1
        for start in range(max(0, end - LONGEST_WORD), end):
            if costs[start] + 1 < best and lower[start:end] in known:
                best, origin = costs[start] + 1, start
        costs.append(best)
        came.append(origin)
    return _breaks(came)


def _breaks(came: list[int]) -> list[int]:
    """Walk the Viterbi pointers back; runs of single unknown letters stay together."""
    breaks, end, last_length = [], len(came) - 1, 0
    while end > 0:
        length = end - came[end]
        if last_length > 1 or (last_length == 1 and length > 1):
            breaks.append(end)
        last_length, end = length, came[end]
    return breaks[::-1]
