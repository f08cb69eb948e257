"""Take findings out of a text: typed, numbered placeholders that are the same for the same value within one request."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from promptguard.findings import Finding, Segment


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its findings.

    `placeholders` maps each placeholder in `text` to what stood there; `replacements` gives each finding the
    placeholder that covers it.
    """

    text: str
    placeholders: Mapping[str, str]
    replacements: Mapping[Finding, str]


@dataclass(frozen=True, slots=True)
class _Span:
    """Overlapping findings as one stretch [start, end) named after the surest of them."""

    start: int
    end: int
    findings: tuple[Finding, ...]

    def kind(self) -> str:
        """Return the kind to show: of the highest score, then the longest, the earliest, the first by name."""
        return min(self.findings, key=lambda each: (-each.score, each.start - each.end, each.start, each.kind)).kind


class Redactor:
    """Redacts the segments of one request; holds which value got which number.

    `texts` are all texts of the request: a placeholder that somebody typed into one of them is never handed out, so
    that no placeholder ever stands for two things.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = tuple(texts)
        self._given: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def redact(self, segment: Segment, findings: Iterable[Finding]) -> Redacted:
        """Return the text of `segment` with every finding of `findings` that lies in it replaced."""
        pieces: list[str] = []
        kept_to = 0
        placeholders: dict[str, str] = {}
        replacements: dict[Finding, str] = {}
        for span in merged([found for found in findings if found.source == segment.source], len(segment.text)):
            value = segment.text[span.start : span.end]
            placeholder = self._placeholder(span.kind(), value, segment.text)
            pieces += (segment.text[kept_to : span.start], placeholder)
            kept_to = span.end
            placeholders.setdefault(placeholder, value)
            replacements.update(dict.fromkeys(span.findings, placeholder))
        return Redacted("".join((*pieces, segment.text[kept_to:])), placeholders, replacements)

    def _placeholder(self, kind: str, value: str, text: str) -> str:
        label = kind.upper().replace("-", "_")
        key = (label, same_value(value))
        if key not in self._given:
            self._given[key] = self._next(label, (*self._texts, text))
        return self._given[key]

    def _next(self, label: str, texts: Sequence[str]) -> str:
        while True:
            self._counts[label] = self._counts.get(label, 0) + 1
            placeholder = f"[{label}_{self._counts[label]}]"
            if not any(placeholder in text for text in texts):
                return placeholder


def same_value(value: str) -> str:
    """Return what two spellings of one value share: letters and digits, without case, width or separators."""
    plain = unicodedata.normalize("NFKC", value).casefold()
    return "".join(char for char in plain if char.isalnum()) or value


def merged(findings: Iterable[Finding], length: int) -> list[_Span]:
    """Return the findings as stretches that do not overlap, in order, cut to a text of `length` code points."""
    spans: list[_Span] = []
    for found in sorted(findings, key=lambda each: (each.start, -each.end, each.kind)):
        start, end = max(0, found.start), min(length, found.end)
        if start >= end:
            continue
        if spans and start < spans[-1].end:
            last = spans.pop()
            spans.append(_Span(last.start, max(last.end, end), (*last.findings, found)))
        else:
            spans.append(_Span(start, end, (found,)))
    return spans
