"""Running the whole guard over rows: what it said of each, and the processor time it took."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from promptguard.detectors.moderation import KINDS
from promptguard.evaluation.rows import Row, Span
from promptguard.findings import Category, Channel, Detector, Prompt, Report, Segment, View
from promptguard.normalise import BoundExceeded, normalise

OPERATING_POINT = 0.5
MODERATION_KINDS = frozenset(KINDS)
_CATEGORIES = frozenset(Category)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the guard made of a row: its highest score, whether it flags, what it marked, and the CPU milliseconds.

    `kinds` are the scores of moderation's kinds.
    """

    row: Row
    score: float
    flagged: bool
    spans: tuple[Span, ...]
    milliseconds: float
    kinds: Mapping[str, float] = field(default_factory=dict)


def judge(rows: Iterable[Row], detectors: Sequence[Detector], only: Category | None = None) -> list[Outcome]:
    """Return the outcome of each row. With `only`, nothing but that category counts as flagged."""
    return [_judge(row, detectors, only) for row in rows]


def _judge(row: Row, detectors: Sequence[Detector], only: Category | None) -> Outcome:
    segments = [Segment("text", row.channel, row.text)]
    if row.system:
        segments.insert(0, Segment("system", Channel.SYSTEM, row.system))
    started = time.process_time_ns()
    try:
        views: tuple[View, ...] = tuple(view for segment in segments for view in normalise(segment))
    except BoundExceeded:  # the guard refuses what it cannot read whole
        return Outcome(row, 1.0, True, (), (time.process_time_ns() - started) / 1e6)
    meant = only or _meant(row)
    prompt = Prompt(tuple(segments), views, scored=meant is Category.MODERATION)
    reports = [detector.detect(prompt) for detector in detectors]
    spent = (time.process_time_ns() - started) / 1e6
    return _outcome(row, reports, meant, spent)


def _meant(row: Row) -> Category | None:
    """Return the category a row names, where it is one of the guard's own or a kind of moderation."""
    if row.category in MODERATION_KINDS:
        return Category.MODERATION
    return Category(row.category) if row.category in _CATEGORIES else None


def _outcome(row: Row, reports: Sequence[Report], only: Category | None, spent: float) -> Outcome:
    findings = [one for report in reports for one in report.findings if only is None or one.category is only]
    marked = [one for one in findings if one.source == "text" and one.score >= OPERATING_POINT]
    scores = [one.score for one in findings]
    for report in reports:
        scores += [score for name, score in report.scores.items() if only is None or _belongs(name, only)]
    return Outcome(
        row=row,
        score=max(scores, default=0.0),
        flagged=any(one.score >= OPERATING_POINT for one in findings),
        spans=tuple(Span(one.start, one.end, one.kind) for one in marked),
        milliseconds=spent,
        kinds={name: score for report in reports for name, score in report.scores.items() if name in MODERATION_KINDS},
    )


def _belongs(name: str, category: Category) -> bool:
    """Return whether a score called `name` is of `category`: moderation's are called by its kinds."""
    return name == category if name in _CATEGORIES else category is Category.MODERATION
