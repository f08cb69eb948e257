"""The terms of a text that might be another tenant's id, slug or name.

Cut out are: ids and slugs by their form, capitalised runs, quoted runs, and words of any case right beside a word for
data ("the invoices of globex", "globex's usage") or for a tenant ("customer globex").
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import re2

from promptguard.detectors.tenant_requests import DATA_WORDS
from promptguard.normalise.vocabulary import words

MOST_WORDS: Final = 4  # of a name
_IDENTIFIER: Final = re2.compile(r"[0-9A-Za-z]+(?:[-_][0-9A-Za-z]+)+|\b[0-9a-f]{32}\b")
_DATA: Final = re2.compile(DATA_WORDS)
_TENANT: Final = re2.compile(
    r"(?i)\b(?:tenant|customer|client|org(?:ani[sz]ation)?|company|workspace|account|slug|kunden?"
    r"|firma|mandant(?:en)?|cliente|soci\x{e9}t\x{e9}"
    r"|entreprise|empresa|azienda|klant|bedrijf|firmy)(?:[_ ]?(?:id|slug|name))?\b|клиента|компании"
)
_WORD: Final = re.compile(r"[^\W_](?:[\w&.+-]*[^\W_])?")
_UPPER: Final = "A-Z\u00c0-\u00de\u0386-\u03ab\u0401-\u042f"
_RUN: Final = re.compile(
    rf"[{_UPPER}][\w&.+-]*(?:[ \t]+(?:[{_UPPER}0-9&][\w&.+-]*|(?:of|and|the|de|du|und"
    rf"|et)(?=[ \t]+[{_UPPER}])))*"
)
_QUOTED: Final = re.compile(r"[\"“„«‘'`]([^\"”“«»’'`\n]{2,80})[\"”“»’'`]")
_AFTER: Final = re.compile(
    r"(?i)(?:[ \t]+[^\W\d_]+){0,3}?[ \t]+(?:of|from|for|by|about|at|to|in|belonging to|von|vom|der"
    r"|für|bei|de|del|du|des|pour|chez|para|di|della"
    r"|per|do|da|van|voor|dla|od|för|från|från|от|для|у)[ \t]+(?=\S)"
)
_ARTICLE: Final = re.compile(
    r"(?i)(?:(?:the|our|my|named|called|id|slug|name|is|customer|client|tenant|company|org"
    r"|organi[sz]ation)\b[ \t]*[:=]?[ \t]*)*[\"'`:=]?[ \t]*"
)
_UNSPACED: Final = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,12}?)(?:公司|会社|회사|社)?(?:的|の|의)")
_POSSESSIVE: Final = re.compile("[的の의]")
_LONGEST_UNSPACED: Final = 14  # characters of a name with the word for a company behind it
_TELLING_CUE: Final = re.compile(
    r"(?i)(?:tenant|org(?:ani[sz]ation)?|workspace|account|slug|customer|client)(?:[_ ]?(?:id|slug"
    r"|name))?\s*[:=]?\s*[\"'`]?$"
)
_LEAD: Final = 64  # characters before a data word in which a name may stand


Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A term at [start, end) of a text; `telling` where its form or the word before it says: an identifier."""

    term: str
    start: int
    end: int
    telling: bool


def terms_in(text: str) -> set[str]:
    """Return the terms of `text`, each as the directory compares it."""
    pieces = {text[start:end] for start, end in (*_identifiers(text), *_places(text))}
    return set(map(_folded, pieces))


def occurrences(text: str, wanted: Container[str]) -> Iterator[Occurrence]:
    """Yield where the terms that are `wanted` stand in `text`, each place once."""
    identifiers = set(_identifiers(text))
    for start, end in dict.fromkeys((*identifiers, *_places(text))):
        term = _folded(text[start:end])
        if term in wanted:
            yield Occurrence(term, start, end, (start, end) in identifiers or is_announced(text, start))


def is_announced(text: str, start: int) -> bool:
    """Tell whether the words before `start` say that an identifier follows."""
    return bool(_TELLING_CUE.search(text[max(0, start - 32) : start]))


def _folded(piece: str) -> str:
    return " ".join(piece.casefold().split())


def _as_read(text: str) -> str | bytes:
    """Return ASCII as bytes, which RE2 searches without mapping offsets."""
    return text.encode() if text.isascii() else text


def _identifiers(text: str) -> Iterator[Span]:
    return (match.span() for match in _IDENTIFIER.finditer(_as_read(text)))


def _places(text: str) -> Iterator[Span]:
    yield from _runs(text)
    for match in _QUOTED.finditer(text):
        yield from _every_run(text, *match.span(1))
    for match in _DATA.finditer(_as_read(text)):
        start, end = match.span(1) if match.span(1)[0] >= 0 else match.span(2)
        yield from _before(text, start)
        yield from _after(text, end)
    for match in _TENANT.finditer(_as_read(text)):
        yield from _from_here(text, _ARTICLE.match(text, match.end()))
    if not text.isascii():
        yield from _unspaced(text)


def _unspaced(text: str) -> Iterator[Span]:
    """Yield the matches of `_UNSPACED`, each looked for in front of its possessive only."""
    done = 0
    for cue in _POSSESSIVE.finditer(text):
        match = _UNSPACED.search(text, max(done, cue.start() - _LONGEST_UNSPACED), cue.end())
        if match:
            done = match.end()
            yield match.span(1)


def _runs(text: str) -> Iterator[Span]:
    """Yield what capitalised runs hold; one ordinary word alone is none."""
    known = words()
    for match in _RUN.finditer(text):
        run = match.group()
        if run.isalnum():
            if run.lower() not in known:
                yield match.span()
        elif (word := run.rstrip("_&.+-")).isalnum():
            yield match.start(), match.start() + len(word)
        else:
            yield from _every_run(text, *match.span())


def _every_run(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield every run of one to four words inside [start, end), without the punctuation around it."""
    found = [match.span() for match in _WORD.finditer(text, start, end)]
    for first, (begin, _) in enumerate(found):
        for _, stop in found[first : first + MOST_WORDS]:
            yield begin, stop


def _before(text: str, end: int) -> Iterator[Span]:
    """Yield the one to four words that end one or two words before `end`: "globex unpaid [invoices]"."""
    found = [match.span() for match in _WORD.finditer(text, max(0, end - _LEAD), end)]
    for last in range(len(found) - 1, max(-1, len(found) - 3), -1):
        for first in range(max(0, last - MOST_WORDS + 1), last + 1):
            yield found[first][0], found[last][1]


def _after(text: str, start: int) -> Iterator[Span]:
    """Yield the one to four words behind the preposition that follows a data word: "[invoices] of globex"."""
    cue = _AFTER.match(text, start)
    if cue:
        yield from _from_here(text, _ARTICLE.match(text, cue.end()))


def _from_here(text: str, lead: re.Match[str] | None) -> Iterator[Span]:
    """Yield the one to four words that begin where `lead` ends."""
    start = lead.end() if lead else 0
    found = [match.span() for match in islice(_WORD.finditer(text, start, start + _LEAD * 2), MOST_WORDS)]
    for _, last in found:
        yield found[0][0], last
