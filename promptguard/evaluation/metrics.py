"""What the literature measures detectors by, each figure with its 95 % confidence interval."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_Z = 1.959963984540054  # two-sided 95 %


class Estimate(NamedTuple):
    """A figure and its 95 % confidence interval; all three are NaN where nothing was there to measure."""

    value: float
    low: float
    high: float


NOTHING = Estimate(math.nan, math.nan, math.nan)


def wilson(hits: int, total: int) -> Estimate:
    """Return the proportion with Wilson's score interval, which stays within 0 and 1 also for rare events."""
    if total == 0:
        return NOTHING
    share, spread = hits / total, _Z * _Z / total
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def area(scores: Floats, labels: npt.NDArray[np.bool_]) -> Estimate:
    """Return the area under the ROC curve with DeLong's interval, ties counted by halves (Sun and Xu, 2014)."""
    positive, negative = scores[labels], scores[~labels]
    if not len(positive) or not len(negative):
        return NOTHING
    both = _midranks(np.concatenate([positive, negative]))
    count, other = len(positive), len(negative)
    value = float((both[:count].sum() - count * (count + 1) / 2) / (count * other))
    by_positive = (both[:count] - _midranks(positive)) / other
    by_negative = 1 - (both[count:] - _midranks(negative)) / count
    variance = _variance(by_positive) / count + _variance(by_negative) / other
    half = _Z * math.sqrt(variance)
    return Estimate(value, max(0.0, value - half), min(1.0, value + half))


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _midranks(values: Floats) -> Floats:
    """Return the rank of each value from 1, equal values sharing the mean of theirs."""
    _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[index], np.float64)


def average_precision(scores: Floats, labels: npt.NDArray[np.bool_]) -> Estimate:
    """Return the area under the precision-recall curve, in steps; equal scores are one step.

    The interval is the logit interval that Boyd, Eng and Page recommend (2013); it narrows with the positives alone.
    """
    count = int(labels.sum())
    if count in (0, len(labels)):
        return NOTHING
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    found = np.cumsum(labels[order])[ends]
    value = float((found / (ends + 1) * np.diff(found, prepend=0)).sum() / count)
    if value >= 1:
        return Estimate(1.0, wilson(count, count).low, 1.0)
    middle, half = math.log(value / (1 - value)), _Z / math.sqrt(count * value * (1 - value))
    return Estimate(value, _logistic(middle - half), _logistic(middle + half))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))


def macro(values: Sequence[Sequence[bool]], seed: int = 7, draws: int = 1000) -> Estimate:
    """Return the mean over groups of their share of true, with a bootstrap interval that redraws rows within groups."""
    groups = [np.asarray(group, np.float64) for group in values if len(group)]
    if not groups:
        return NOTHING
    rng = np.random.default_rng(seed)
    means = np.array([group.mean() for group in groups])
    sizes = np.array([len(group) for group in groups])
    redrawn = (rng.binomial(sizes, means, size=(draws, len(groups))) / sizes).mean(axis=1)
    low, high = np.quantile(redrawn, [0.025, 0.975])
    return Estimate(float(means.mean()), float(low), float(high))


def curve(scores: Floats, labels: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return false-positive rates and recalls at every threshold, both ascending from 0 to 1."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    hit, miss = np.cumsum(labels[order])[ends], np.cumsum(~labels[order])[ends]
    return (
        np.concatenate([[0.0], miss / max(int((~labels).sum()), 1)]),
        np.concatenate([[0.0], hit / max(int(labels.sum()), 1)]),
    )
