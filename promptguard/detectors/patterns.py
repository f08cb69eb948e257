"""The engine that the pattern detectors share: tables of RE2 patterns, asked as one set, looked for one by one.

A text is scanned as Latin-1, one byte a character (characters beyond become ``?``), so that byte offsets are character
offsets; tables that speak more alphabets ask for Unicode, and pay for mapping offsets where they hit. The set answers
in one linear pass which patterns occur at all; only those are then looked for.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import re2

from audit.reasons import Reason
from promptguard.findings import Category, Finding, Prompt, Report, View

SET_MEMORY: Final = 256 << 20  # bytes the automaton of a set may grow to; RE2 reserves nothing ahead
PATTERN_MEMORY: Final = 16 << 20
WIDE: Final = 4  # counts between the bounds of a repetition from which on they are lifted in the set
_BOUNDS: Final = re.compile(r"(?<!\\)\{(\d+),(\d+)\}\??")
CONTEXT: Final = 64  # characters before and after a match that count as its context


@dataclass(frozen=True, slots=True)
class Candidate:
    """A match of a pattern before it is judged: `value` is [start, end) of `text`."""

    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        """Return the text in front of the match, lower case."""
        return self.text[max(0, self.start - CONTEXT) : self.start].lower()

    @property
    def after(self) -> str:
        """Return the text behind the match, lower case."""
        return self.text[self.end : self.end + CONTEXT].lower()

    def near(self, words: Iterable[str]) -> bool:
        """Tell whether any of `words` (lower case) stands in the context."""
        context = f"{self.before} | {self.after}"
        return any(word in context for word in words)

    def stands_alone(self) -> bool:
        """Tell whether the match is no part of a longer number or word."""
        left = self.text[max(0, self.start - 2) : self.start]
        right = self.text[self.end : self.end + 2]
        return not (left[-1:].isalnum() or right[:1].isalnum() or _continues(left[::-1]) or _continues(right))


def _continues(beside: str) -> bool:
    return len(beside) == 2 and beside[0] in "-./_" and beside[1].isdigit()


Judge = Callable[[Candidate], float]


def certain(_: Candidate) -> float:
    """Take every match."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of value and how it is written.

    `regex` is RE2 over Latin-1 bytes; `group` is the group that holds the value. `judge` answers the score in [0, 1],
    0 for "not one". `trim` answers how many characters of a greedy match are the value. `trigger` stands for the
    pattern in the set where the whole regex would make it large.
    """

    kind: str
    regex: str
    reason: Reason
    judge: Judge = certain
    group: int = 0
    trigger: str | None = None
    trim: Callable[[str], int] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A judged match in the coordinates of the scanned text."""

    pattern: Pattern
    start: int
    end: int
    score: float


class PatternTable:
    """Patterns compiled once: a set that tells which occur, and each alone to tell where."""

    def __init__(self, patterns: Sequence[Pattern], *, unicode: bool = False) -> None:
        self.patterns = tuple(patterns)
        self._unicode = unicode
        self._set = re2.Set.SearchSet(_options(SET_MEMORY, unicode))
        for pattern in self.patterns:
            self._set.Add(uncounted(pattern.trigger or pattern.regex))
        self._set.Compile()
        alone = _options(PATTERN_MEMORY, unicode)
        written = (each.regex if unicode else each.regex.encode("latin-1") for each in self.patterns)
        self._regexes = tuple(re2.compile(regex, alone) for regex in written)

    def hits(self, text: str) -> Iterator[Hit]:
        """Yield every judged match in `text`, pattern by pattern."""
        data = text if self._unicode else text.encode("latin-1", "replace")
        for index in self._set.Match(data) or ():
            pattern = self.patterns[index]
            for match in self._regexes[index].finditer(data):
                start, end = match.span(pattern.group)
                if start < 0:
                    continue
                if pattern.trim is not None:
                    end = start + pattern.trim(text[start:end])
                score = pattern.judge(Candidate(text, start, end))
                if score > 0:
                    yield Hit(pattern, start, end, score)


def uncounted(regex: str) -> str:
    """Return `regex` with its wide bounds on repetitions lifted: it matches more, and needs no state for each count.

    The set only asks which patterns are worth looking for; where they are looked for, the bounds hold.
    """
    return _BOUNDS.sub(_lifted, regex)


def _lifted(bounds: re.Match[str]) -> str:
    least, most = int(bounds[1]), int(bounds[2])
    if most - least < WIDE:
        return bounds[0]
    return {0: "*", 1: "+"}.get(least, f"{{{least},}}")


def _options(memory: int, unicode: bool) -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.UTF8 if unicode else re2.Options.Encoding.LATIN1
    options.max_mem = memory
    options.log_errors = False
    return options


def finding(view: View, hit: Hit, category: Category, detector: str, version: str) -> Finding:
    """Return `hit` as a finding in the segment's own text."""
    start, end = view.origin(hit.start, hit.end)
    return Finding(
        source=view.segment.source,
        start=start,
        end=end,
        category=category,
        kind=hit.pattern.kind,
        reason=hit.pattern.reason,
        detector=detector,
        detector_version=version,
        score=round(hit.score, 4),
    )


def report(category: Category, findings: Iterable[Finding]) -> Report:
    """Return a report of the best findings: one for each place and kind, and none inside a better one."""
    best: dict[tuple[str, int, int, str], Finding] = {}
    for found in findings:
        key = (found.source, found.start, found.end, found.kind)
        if key not in best or best[key].score < found.score:
            best[key] = found
    kept = _without_covered(sorted(best.values(), key=_by_strength))
    scores = {category.value: max(found.score for found in kept)} if kept else {}
    return Report(tuple(sorted(kept, key=lambda found: (found.source, found.start, found.end, found.kind))), scores)


def _by_strength(found: Finding) -> tuple[bool, int, float, int, str]:
    """Order findings so that one at the operating point beats one below it, then the longer, then the surer."""
    return found.score < 0.5, found.start - found.end, -found.score, found.start, found.kind


def _without_covered(findings: list[Finding]) -> list[Finding]:
    """Drop each finding that lies inside one before it. Linear in the characters covered, each claimed once."""
    kept: list[Finding] = []
    claimed: dict[str, bytearray] = {}
    for found in findings:
        taken = claimed.setdefault(found.source, bytearray())
        if len(taken) < found.end:
            taken.extend(bytes(found.end - len(taken)))
        if taken.find(0, found.start, found.end) < 0:
            continue
        taken[found.start : found.end] = b"\x01" * (found.end - found.start)
        kept.append(found)
    return kept


class PatternDetector:
    """A detector that is a table of patterns."""

    name: str
    version: str
    category: Category

    def __init__(self, table: PatternTable) -> None:
        self._table = table

    def detect(self, prompt: Prompt) -> Report:
        """Report the judged matches in every view, each where it stands in its segment."""
        return report(self.category, (found for view in prompt.views for found in self.in_view(view)))

    def in_view(self, view: View) -> Iterator[Finding]:
        """Yield the findings of one view."""
        for hit in self._table.hits(view.text):
            yield finding(view, hit, self.category, self.name, self.version)
