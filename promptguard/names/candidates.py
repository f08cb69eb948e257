"""Where a name might stand, and what the tagger looks at there.

A candidate is a run of capitalised words, particles such as "de" or "van" between them included. In a text without
capitals a candidate is a run of given names and surnames that are no ordinary words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from promptguard.normalise.vocabulary import words

_UPPER: Final = "".join(chr(point) for point in range(0x41, 0x530) if chr(point).isupper())
_WORD: Final = rf"[{_UPPER}](?:[^\W\d_]|['’-](?=[^\W\d_]))*\.?"
_PARTICLES: Final = r"(?:de|da|di|du|del|della|dos|das|van|von|der|den|ter|ten|la|le|el|al|bin|ibn|y|af|av|zu|zum)"
RUN: Final = re.compile(rf"(?<![^\W_]){_WORD}(?:[ ]{{1,2}}(?:(?:{_PARTICLES}[ ]){{0,2}}{_WORD}))*")
_TOKEN: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*\.?")
_BEFORE: Final = re.compile(r"([^\W_]+|[^\w\s])?[ \t]*([^\W_]+|[^\w\s]|\n)?[ \t]*$")
_AFTER: Final = re.compile(r"[ \t]*([^\W_]+|[^\w\s]|\n)?[ \t]*([^\W_]+|[^\w\s]|\n)?")
_REACH: Final = 32
_LOWER_RUN: Final = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Given names and surnames, casefolded."""

    given: frozenset[str]
    family: frozenset[str]

    def flags(self, word: str) -> str:
        """Return which lists hold `word`: g(iven), f(amily), w(ord of the vocabulary)."""
        lower = word.casefold().rstrip(".")
        lists = (("g", self.given), ("f", self.family), ("w", words()))
        return "".join(flag for flag, names in lists if lower in names)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a candidate at [start, end)."""

    text: str
    start: int
    end: int


def runs(text: str, gazetteer: Gazetteer) -> Iterator[tuple[Token, ...]]:
    """Yield the candidates of `text`."""
    if text.islower():
        yield from _lower_runs(text, gazetteer)
        return
    for match in RUN.finditer(text):
        value = match.group()
        if " " not in value and gazetteer.flags(value) == "w":
            continue
        inside = _TOKEN.finditer(text, match.start(), match.end())
        yield tuple(Token(word.group(), word.start(), word.end()) for word in inside)


def _lower_runs(text: str, gazetteer: Gazetteer) -> Iterator[tuple[Token, ...]]:
    run: list[Token] = []
    for match in _LOWER_RUN.finditer(text):
        flags = gazetteer.flags(match.group())
        if "w" in flags or not flags:
            if run:
                yield tuple(run)
            run = []
        else:
            if run and text[run[-1].end : match.start()] != " ":
                yield tuple(run)
                run = []
            run.append(Token(match.group(), match.start(), match.end()))
    if run:
        yield tuple(run)


def features(text: str, run: Sequence[Token], gazetteer: Gazetteer) -> list[list[str]]:
    """Return the features of each word of a candidate: itself, its neighbours, and the words around the run."""
    first, second, third, fourth = _around(text, run[0].start, run[-1].end)
    flags = [gazetteer.flags(token.text) for token in run]
    length = min(len(run), 4)
    rows = []
    for place, token in enumerate(run):
        left = flags[place - 1] if place else "^"
        right = flags[place + 1] if place + 1 < len(run) else "$"
        lower, shape, own = token.text.casefold(), _shape(token.text), flags[place]
        where = f"{min(place, 3)}/{length}"
        rows.append(
            [
                "bias",
                f"w={lower}",
                f"s={lower[-3:]}",
                f"h={shape}",
                f"g={own}|{where}",
                f"gl={own}|{left}",
                f"gr={own}|{right}",
                f"sg={shape}|{own}",
                f"b1={first}",
                f"b1g={first}|{own}|{place}",
                f"b2={second}|{first}",
                f"a1={third}",
                f"a1g={third}|{own}|{place + 1 == len(run)}",
                f"a2={third}|{fourth}",
                f"c={first}|{third}",
                f"p={run[place - 1].text.casefold() if place else '^'}",
                f"n={run[place + 1].text.casefold() if place + 1 < len(run) else '$'}",
            ]
        )
    return rows


def _around(text: str, start: int, end: int) -> tuple[str, str, str, str]:
    """Return the word or sign before, the one before that, the one behind, and the one behind that."""
    before = _BEFORE.search(text, max(0, start - _REACH), start)
    after = _AFTER.match(text, end, end + _REACH)
    left = before.groups("") if before else ("", "")
    right = after.groups("") if after else ("", "")
    if not left[1]:
        left = ("", left[0])
    return left[1].casefold() or "^", left[0].casefold() or "^", right[0].casefold() or "$", right[1].casefold() or "$"


def _shape(word: str) -> str:
    if word.endswith("."):
        return "X." if len(word) == 2 else "Xx."
    if word.isupper():
        return "X" if len(word) == 1 else "XX"
    if word.islower():
        return "x"
    return "Xx" if word[1:].islower() else "Xx-" if "-" in word else "XxX"
