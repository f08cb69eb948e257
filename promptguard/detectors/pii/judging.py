"""How matches of identifiers are judged: a checksum, a context, or both."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from promptguard.detectors.patterns import Candidate, Judge

SURE: Final = 0.99  # the checksum holds and the text says what it is
STRONG: Final = 0.9  # the form alone is hardly met by chance
LIKELY: Final = 0.7
WEAK: Final = 0.3  # reported, never at the operating point

Check = Callable[[str], bool]  # of the value as written, separators included
_SEPARATORS: Final = re.compile(r"[^0-9A-Za-z]")


def compact(text: str) -> str:
    """Return `text` without separators, upper case."""
    return _SEPARATORS.sub("", text).upper()


def whole(form: str) -> str:
    """Return the pattern of `form` as a whole word, in group 1."""
    flags, body = ("(?i)", form[4:]) if form.startswith("(?i)") else ("", form)
    end = "" if body.endswith(r"\)") else r"\b"
    return rf"{flags}\b({body}){end}"


def any_of(words: Iterable[str]) -> str:
    """Return the pattern of any of `words`, upper or lower case."""
    return f"(?i){'|'.join(re.escape(word) for word in words)}"


def always(_: str) -> bool:
    """Take every number: its form is all there is to check."""
    return True


def identified(check: Check, words: Iterable[str], alone: float = 0.0) -> Judge:
    """Return a judge that takes what `check` accepts: `SURE` near one of `words`, else the score `alone`."""
    words = tuple(words)

    def judge(candidate: Candidate) -> float:
        score = SURE if candidate.near(words) else alone
        if not score or not candidate.stands_alone() or not check(candidate.value):
            return 0.0
        return score

    return judge


def named(check: Check = always, score: float = 0.95) -> Judge:
    """Return a judge for values whose pattern already holds the word that names them."""

    def judge(candidate: Candidate) -> float:
        return score if check(candidate.value) else 0.0

    return judge
