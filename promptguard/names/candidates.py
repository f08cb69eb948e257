"""Where a name might stand, and what the tagger looks at there.

A candidate is a run of capitalised words, particles such as "de" or "van" between them included. In a text without
capitals a candidate is a run of given names and surnames that are no ordinary words.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from promptguard.names.lists import Gazetteer

_UPPER: Final = "".join(chr(point) for point in range(0x41, 0x530) if chr(point).isupper())
_REST: Final = r"(?:[^\W\d_]|['’-](?=[^\W\d_]))*\.?"
_WORD: Final = rf"[{_UPPER}]{_REST}"
_PARTICLES: Final = r"(?:de|da|di|du|del|della|dos|das|van|von|der|den|ter|ten|la|le|el|al|bin|ibn|y|af|av|zu|zum)"
MOST_WORDS: Final = 16  # of one run; a longer one is cut
RUN: Final = re.compile(  # the first letter comes before the look behind it: that is what makes the search fast
    rf"[{_UPPER}](?<![^\W_].){_REST}(?:[ ]{{1,2}}(?:(?:{_PARTICLES}[ ]){{0,2}}{_WORD})){{0,{MOST_WORDS - 1}}}"
)
_TOKEN: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*\.?")
_PIECE: Final = r"([^\W_]+|[^\w\s]|\n)?"
_AFTER: Final = re.compile(rf"[ \t]*{_PIECE}[ \t]*{_PIECE}")
_BEFORE: Final = re.compile(rf"(?:[^\S\n]|_)*{_PIECE}(?:[^\S\n]|_)*{_PIECE}")  # of what stands before, read backwards
_REACH: Final = 32
_LOWER_RUN: Final = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")
MOST_REMEMBERED: Final = 50_000

STATIC: Final = ("w", "s", "h", "g", "sg")
FAMILIES: Final = ("gw", "gl", "gr", "p", "n", "b1", "b1g", "b2", "a1", "a1g", "a2", "c")


class Token(NamedTuple):
    """A word of a candidate at [start, end)."""

    text: str
    start: int
    end: int


class Known(NamedTuple):
    """What a word is whatever stands around it."""

    lower: str
    flags: str
    shape: str
    values: tuple[str, ...]  # of the features in STATIC
    weight: float  # of these features together


def weightless(_: Sequence[str]) -> float:
    """Weigh nothing: for training, before there are weights."""
    return 0.0


class Words(dict[str, Known]):
    """Remembers what each word is, and what that weighs."""

    def __init__(self, gazetteer: Gazetteer, weigh: Callable[[Sequence[str]], float] = weightless) -> None:
        super().__init__()
        self.gazetteer = gazetteer
        self._weigh = weigh

    def __missing__(self, word: str) -> Known:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        known = self[word] = self._look_up(word)
        return known

    def _look_up(self, word: str) -> Known:
        lower, shape, flags = word.casefold(), _shape(word), self.gazetteer.flags(word)
        values = (lower, lower[-3:], shape, flags, f"{shape}|{flags}")
        return Known(lower, flags, shape, values, self._weigh(values))


def runs(text: str, words: Words) -> Iterator[tuple[Token, ...]]:
    """Yield the candidates of `text`."""
    if text.islower():
        yield from _lower_runs(text, words)
        return
    for match in RUN.finditer(text):
        value = match.group()
        if " " in value:
            inside = _TOKEN.finditer(text, match.start(), match.end())
            yield tuple(Token(word.group(), word.start(), word.end()) for word in inside)
        elif words[value].flags != "w":
            yield (Token(value, match.start(), match.end()),)


def _lower_runs(text: str, words: Words) -> Iterator[tuple[Token, ...]]:
    run: list[Token] = []
    for match in _LOWER_RUN.finditer(text):
        flags = words[match.group()].flags
        named = flags and "w" not in flags and flags != "p"
        if run and (not named or text[run[-1].end : match.start()] != " "):
            yield tuple(run)
            run = []
        if named:
            run.append(Token(match.group(), match.start(), match.end()))
    if run:
        yield tuple(run)


def context_values(text: str, run: Sequence[Token], words: Words) -> list[tuple[Known, tuple[str, ...]]]:
    """Return for each word of a candidate what it is, and the values of the features in FAMILIES."""
    first, second, third, fourth = _around(text, run[0].start, run[-1].end)
    before, behind, both = f"{second}|{first}", f"{third}|{fourth}", f"{first}|{third}"
    known = [words[token.text] for token in run]
    last, within = len(run) - 1, _within(known, words.gazetteer)
    rows: list[tuple[Known, tuple[str, ...]]] = []
    for place, (own, values) in enumerate(within):
        start, end = f"{first}|{own}|{place}", f"{third}|{own}|{place == last}"
        rows.append((known[place], (*values, first, start, before, third, end, behind, both)))
    return rows


def _within(known: Sequence[Known], gazetteer: Gazetteer) -> list[tuple[str, tuple[str, ...]]]:
    """Return the flags of each word, and the values that depend on nothing but the words of the candidate."""
    if len(known) == 1:
        return [(known[0].flags, _alone(known[0].flags))]
    flags, lowers, length = _with_places(known, gazetteer), [word.lower for word in known], min(len(known), 4)
    beside = zip(["^", *flags], flags, [*flags[1:], "$"], ["^", *lowers], [*lowers[1:], "$"], strict=False)
    return [
        (own, (f"{own}|{min(place, 3)}/{length}", f"{own}|{left}", f"{own}|{right}", before, behind))
        for place, (left, own, right, before, behind) in enumerate(beside)
    ]


@cache
def _alone(flags: str) -> tuple[str, ...]:
    return f"{flags}|0/1", f"{flags}|^", f"{flags}|$", "^", "$"


def _with_places(known: Sequence[Known], gazetteer: Gazetteer) -> list[str]:
    """Return the flags of each word, P added to the two words of one place's name."""
    flags = [word.flags for word in known]
    for place in range(len(known) - 1):
        if f"{known[place].lower} {known[place + 1].lower}" in gazetteer.places:
            flags[place], flags[place + 1] = "P", "P"
    return flags


def _around(text: str, start: int, end: int) -> tuple[str, str, str, str]:
    """Return the word or sign before, the one before that, the one behind, and the one behind that."""
    back = _BEFORE.match(text[max(0, start - _REACH) : start][::-1])
    after = _AFTER.match(text, end, end + _REACH)
    first, second = back.groups("") if back else ("", "")
    third, fourth = after.groups("") if after else ("", "")
    return (
        first[::-1].casefold() or "^",
        second[::-1].casefold() or "^",
        third.casefold() or "$",
        fourth.casefold() or "$",
    )


def _shape(word: str) -> str:
    if word.endswith("."):
        return "X." if len(word) == 2 else "Xx."
    if word.isupper():
        return "X" if len(word) == 1 else "XX"
    if word.islower():
        return "x"
    return "Xx" if word[1:].islower() else "Xx-" if "-" in word else "XxX"
