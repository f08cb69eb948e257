"""Finding card numbers however they are written. Pure, and imported by the settings: it knows no Django.

Every character is read as the digit or separator that it stands for (NFKC, any script's digits, invisible ones); then
13 to 19 digits in a row, in at most five groups or in equal ones, with Luhn's digit, in a brand's range. Letters and
colons may touch a number, further digits may not.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from billing.cards.ranges import LONGEST, SHORTEST, issuer, passes_luhn

MOST_GROUPS = 5
"""Groups of unequal length that are still one number: 4-6-5 and 4-4-4-4-3 are the longest that are printed."""
_RUN = re.compile(r"[0-9](?:[ .\-]{0,2}[0-9]){12,}")
_GROUP = re.compile(r"[0-9]+")
_DOTS = frozenset("·•∙・")
_OTHER = "x"
Group = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """Where a card number stands, in code points of the text; `end` is exclusive."""

    start: int
    end: int
    brand: str
    last_four: str


def find_pans(text: str) -> list[Span]:
    """Return the card numbers in a text, from left to right."""
    plain = text if text.isascii() else text.translate(_reading)
    return [span for run in _RUN.finditer(plain) for span in _in_run(plain, run.start(), run.end())]


def masked(text: str) -> str:
    """Return a text with each card number reduced to its last four digits."""
    for span in reversed(find_pans(text)):
        text = f"{text[: span.start]}[card …{span.last_four}]{text[span.end :]}"
    return text


def _in_run(plain: str, start: int, end: int) -> Iterator[Span]:
    groups = [match.span() for match in _GROUP.finditer(plain, start, end)]
    at = 0
    while at < len(groups):
        found = _longest_from(plain, groups, at)
        if found is None:
            at += 1
        else:
            taken, span = found
            at += taken
            yield span


def _longest_from(plain: str, groups: list[Group], at: int) -> tuple[int, Span] | None:
    """Return the longest number that begins with group `at`, and how many groups it takes.

    More than a few groups are one number only if all are equal, and then from where that row of them begins.
    """
    first = _size(groups[at])
    row = LONGEST if at == 0 or _size(groups[at - 1]) != first else MOST_GROUPS
    digits, found = "", None
    for taken, (start, end) in enumerate(groups[at : at + row], start=1):
        unequal = taken > MOST_GROUPS and len({_size(group) for group in groups[at : at + taken]}) > 1
        if unequal or len(digits) + end - start > LONGEST:
            break
        digits += plain[start:end]
        if len(digits) >= SHORTEST and not (taken == 1 and _is_fraction(plain, start)):
            brand = issuer(digits)
            if brand and passes_luhn(digits):
                found = taken, Span(groups[at][0], end, brand, digits[-4:])
    return found


def _size(group: Group) -> int:
    return group[1] - group[0]


def _is_fraction(plain: str, start: int) -> bool:
    """Tell whether the digits from `start` on are decimals: 0.4242…"""
    return start > 1 and plain[start - 1] == "." and plain[start - 2].isdigit()


class _Reading(dict[int, str]):
    """What each character beyond ASCII is read as: one character for one, so that places stay."""

    def __missing__(self, code: int) -> str:
        return _read(code)


@lru_cache(maxsize=4096)
def _read(code: int) -> str:
    char = chr(code)
    if code < 128:
        return char
    folded = unicodedata.normalize("NFKC", char)[:1] or char
    decimal = unicodedata.decimal(folded, None)
    if decimal is not None:
        return str(decimal)
    category = unicodedata.category(folded)
    if category == "Pd" or folded == "−":
        return "-"
    if category in {"Zs", "Cf", "Mn"}:
        return " "
    return "." if folded in _DOTS else folded if folded.isascii() else _OTHER


_reading = _Reading()
