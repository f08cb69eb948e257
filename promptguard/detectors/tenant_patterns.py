"""What a tenant wrote itself: patterns of its own kinds, and terms that may not pass.

They are RE2, so that no pattern can take longer than linear time; one set tells which of them occur at all, and only
those are looked for. Compiled once for each version of a policy, and kept for the versions used last.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import re2

from audit.reasons import Reason
from promptguard.detectors.patterns import Candidate, Hit, Judge, Pattern, finding, report
from promptguard.findings import Category, Detector, Finding, Prompt, Report, View
from promptguard.policy import DENIED_TERM, OwnKind

NAME: Final = "tenant_patterns"
VERSION: Final = "1"
WITHOUT_CONTEXT: Final = 0.4  # the score where context words are given and none is near: below the shipped threshold
MOST_HITS: Final = 200  # of one pattern in one text; from there on the rest of the text counts as one hit
MOST_INSTRUCTIONS: Final = 4_000  # of a compiled pattern
MOST_COMPILED: Final = 200  # versions of policies kept compiled in a worker
_MEMORY: Final = 8 << 20  # bytes the automaton of one pattern may grow to
_SET_MEMORY: Final = 64 << 20


class PatternRefused(ValueError):
    """The pattern is no RE2, or too large."""


@dataclass(frozen=True, slots=True)
class OwnPatterns:
    """The kinds and terms of one version of a policy; the version, which never changes, stands for them."""

    version_id: str
    kinds: tuple[OwnKind, ...] = field(default=(), compare=False)
    terms: tuple[str, ...] = field(default=(), compare=False)

    def detectors(self) -> tuple[Detector, ...]:
        """Return the detector of these patterns; none where there are none."""
        return (TenantPatternDetector(self),) if self.kinds or self.terms else ()


class TenantPatternDetector:
    """Finds what one version of one tenant's policy names, in every view of a prompt."""

    name = NAME
    version = VERSION

    def __init__(self, own: OwnPatterns) -> None:
        self._own = own

    def detect(self, prompt: Prompt) -> Report:
        """Report the tenant's own kinds and terms."""
        table = compiled(self._own)
        return report(Category.CUSTOM, (found for view in prompt.views for found in _in_view(table, view)))


def _in_view(table: "OwnTable", view: View) -> Iterator[Finding]:
    for hit in table.hits(view.text):
        yield finding(view, hit, Category.CUSTOM, NAME, VERSION)


class OwnTable:
    """A tenant's patterns: a set that tells which occur, and each alone to tell where."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self.patterns = patterns
        self._regexes = tuple(compile_pattern(pattern.regex) for pattern in patterns)
        self._set = re2.Set.SearchSet(_options(_SET_MEMORY))
        for pattern in patterns:
            self._set.Add(pattern.regex)
        self._set.Compile()

    def hits(self, text: str) -> Iterator[Hit]:
        """Yield every judged match in `text`, pattern by pattern."""
        for index in self._set.Match(text) or ():
            yield from self._hits_of(index, text)

    def _hits_of(self, index: int, text: str) -> Iterator[Hit]:
        pattern = self.patterns[index]
        for count, match in enumerate(self._regexes[index].finditer(text)):
            start, end = match.span()
            if count == MOST_HITS:  # each further search may cost as much as the text is long
                yield Hit(pattern, start, len(text), 1.0)
                return
            score = pattern.judge(Candidate(text, start, end)) if start < end else 0.0
            if score > 0:
                yield Hit(pattern, start, end, score)


@lru_cache(maxsize=MOST_COMPILED)
def compiled(own: OwnPatterns) -> OwnTable:
    """Return the compiled patterns of a version."""
    patterns = [pattern_of(kind) for kind in own.kinds]
    if own.terms:
        longest_first = sorted(own.terms, key=len, reverse=True)
        any_term = "|".join(re2.escape(term) for term in longest_first)
        patterns.append(Pattern(DENIED_TERM, f"(?i)(?:{any_term})", Reason.CUSTOM_TERM, _stands_alone))
    return OwnTable(tuple(patterns))


def pattern_of(kind: OwnKind) -> Pattern:
    """Return a tenant's kind as a pattern with its judge."""
    return Pattern(kind.name, kind.pattern, Reason.CUSTOM_PATTERN, _judge(kind))


def compile_pattern(regex: str) -> "re2._Regexp":
    """Return `regex` compiled; raises `PatternRefused` with a sentence for whoever wrote it."""
    try:
        expression = re2.compile(regex, _options(_MEMORY))
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        hint = " RE2 has no lookaround and no back references." if "(?" in said or "escape" in said else ""
        raise PatternRefused(f"This is not a pattern that RE2 takes: {said}.{hint}") from error
    if expression.programsize > MOST_INSTRUCTIONS:
        raise PatternRefused("The pattern is too large. Use smaller repetitions or fewer alternatives.")
    return expression


def _judge(kind: OwnKind) -> Judge:
    words = tuple(word.lower() for word in kind.context)

    def judge(candidate: Candidate) -> float:
        return kind.score if not words or candidate.near(words) else min(kind.score, WITHOUT_CONTEXT)

    return judge


def _stands_alone(candidate: Candidate) -> float:
    """Take a term that is no part of a longer word, in scripts that write spaces between words."""
    text, start, end = candidate.text, candidate.start, candidate.end
    inside = _joined(text[start - 1 : start], text[start]) or _joined(text[end : end + 1], text[end - 1])
    return 0.0 if inside else 1.0


def _joined(outer: str, inner: str) -> bool:
    unspaced = unicodedata.category(inner) == "Lo"
    return outer.isalnum() and inner.isalnum() and not unspaced


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    return options
