"""From outcomes to the figures of a report, overall and by source and category."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from promptguard.evaluation.metrics import NOTHING, Estimate, area, average_precision, macro, wilson
from promptguard.evaluation.rows import Span
from promptguard.evaluation.run import MODERATION_KINDS, OPERATING_POINT, Outcome

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one group of rows."""

    name: str
    positives: int
    negatives: int
    recall: Estimate
    false_positives: Estimate
    precision: Estimate
    auc: Estimate
    average_precision: Estimate


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything one evaluation found. Latencies are CPU milliseconds of one call at percentiles 50, 95 and 99."""

    overall: Figures
    macro_recall: Estimate
    macro_false_positives: Estimate
    by_source: list[Figures]
    by_category: list[Figures]
    by_kind: list[Figures]
    span_precision: Estimate
    span_recall: Estimate
    exact_span_precision: Estimate
    exact_span_recall: Estimate
    cpu_ms: dict[str, float]


def summarise(outcomes: Sequence[Outcome]) -> Summary:
    """Return the figures of `outcomes`, which may not be empty."""
    by_source = _groups(outcomes, lambda outcome: outcome.row.source)
    spans = [outcome for outcome in outcomes if outcome.row.spans is not None]
    overlapping, exact = _spans(spans, _overlap), _spans(spans, _same)
    milliseconds = [outcome.milliseconds for outcome in outcomes]
    return Summary(
        overall=figures("all", outcomes),
        macro_recall=_macro(outcomes, label=True),
        macro_false_positives=_macro(outcomes, label=False),
        by_source=by_source,
        by_category=_categories(outcomes),
        by_kind=_kinds(outcomes),
        span_precision=overlapping[0],
        span_recall=overlapping[1],
        exact_span_precision=exact[0],
        exact_span_recall=exact[1],
        cpu_ms={f"p{rank}": round(float(np.percentile(milliseconds, rank)), 3) for rank in (50, 95, 99)},
    )


def figures(name: str, outcomes: Sequence[Outcome]) -> Figures:
    """Return the figures of one group."""
    labels = np.array([outcome.row.label for outcome in outcomes], np.bool_)
    flagged = np.array([outcome.flagged for outcome in outcomes], np.bool_)
    return _figures(name, labels, flagged, np.array([outcome.score for outcome in outcomes], np.float64))


def _figures(name: str, labels: Flags, flagged: Flags, scores: npt.NDArray[np.float64]) -> Figures:
    hits, alarms, total = int((labels & flagged).sum()), int((~labels & flagged).sum()), int(labels.sum())
    return Figures(
        name=name,
        positives=total,
        negatives=len(labels) - total,
        recall=wilson(hits, total),
        false_positives=wilson(alarms, len(labels) - total),
        precision=wilson(hits, hits + alarms),
        auc=area(scores, labels),
        average_precision=average_precision(scores, labels),
    )


def _groups(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> list[Figures]:
    names = sorted({key(outcome) for outcome in outcomes} - {""})
    return [figures(name, [outcome for outcome in outcomes if key(outcome) == name]) for name in names]


def _categories(outcomes: Sequence[Outcome]) -> list[Figures]:
    """Return the figures of each category; one of harmful rows only is told from the harmless rows that name none."""
    plain = [outcome for outcome in outcomes if not outcome.row.label and not outcome.row.category]
    found = []
    for name in sorted({outcome.row.category for outcome in outcomes} - {""}):
        mine = [outcome for outcome in outcomes if outcome.row.category == name]
        found.append(figures(name, mine if any(not one.row.label for one in mine) else [*mine, *plain]))
    return found


def _kinds(outcomes: Sequence[Outcome]) -> list[Figures]:
    """Return how well the score of each kind of moderation tells its rows from all others, the harmless included."""
    asked = [one for one in outcomes if one.row.category in MODERATION_KINDS or not one.row.label]
    found = []
    for kind in sorted({outcome.row.category for outcome in asked if outcome.row.label}):
        labels = np.array([one.row.label and one.row.category == kind for one in asked], np.bool_)
        scores = np.array([one.kinds.get(kind, 0.0) for one in asked], np.float64)
        found.append(_figures(kind, labels, scores >= OPERATING_POINT, scores))
    return found


def _macro(outcomes: Sequence[Outcome], *, label: bool) -> Estimate:
    """Return the mean over sources of how much is flagged of one label."""
    groups = dict[str, list[bool]]()
    for outcome in outcomes:
        if outcome.row.label is label:
            groups.setdefault(outcome.row.source, []).append(outcome.flagged)
    return macro(list(groups.values()))


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _same(one: Span, other: Span) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _spans(outcomes: Sequence[Outcome], agree: Callable[[Span, Span], bool]) -> tuple[Estimate, Estimate]:
    """Return the precision and recall of marked spans, whatever kind they are said to be."""
    if not outcomes:
        return NOTHING, NOTHING
    right = marked = found = wanted = 0
    for outcome in outcomes:
        truth = outcome.row.spans or ()
        marked, wanted = marked + len(outcome.spans), wanted + len(truth)
        right += sum(any(agree(span, one) for one in truth) for span in outcome.spans)
        found += sum(any(agree(span, one) for span in outcome.spans) for one in truth)
    return wilson(right, marked), wilson(found, wanted)
