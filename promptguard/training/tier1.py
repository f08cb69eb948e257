"""Training tier 1: n-grams and rules fitted with whole sources left out, their benign tails, and thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from promptguard.detectors.injection.rules import INJECTION_RULES
from promptguard.detectors.injection.tier1 import LENGTH_CORRECTION, Tier1
from promptguard.detectors.ngrams import STRIDE, WINDOW, NgramModel
from promptguard.detectors.tails import Tail, fit_tail
from promptguard.model_store import packed
from promptguard.training.examples import Example, folds
from promptguard.training.logistic import Bags, Floats, bags, fit_bags, fit_dense
from promptguard.training.operating_point import weights_by_source

RIDGE = 1.0
RULE_RIDGE = 2.0
RARITIES = (0.0, 0.15, 0.3, 0.6, 1.0, 1.3, 1.7, 2.0, 2.3, 2.7, 3.0)
MOST_WINDOWS = 6  # of one text to learn from
_SHORT = WINDOW * 5 // 4


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of examples: window i is cut from example `owners[i]`, and `told` says whether its label is sure."""

    bags: Bags
    rules: Floats
    owners: npt.NDArray[np.int64]
    told: npt.NDArray[np.bool_]
    starts: npt.NDArray[np.int64]  # in the text of the owner


def cut(examples: Sequence[Example]) -> Windows:
    """Cut `examples` into the windows that serving would look at, at most `MOST_WINDOWS` spread over each."""
    texts, rules = list[str](), list[npt.NDArray[np.float32]]()
    owners, told, begins = list[int](), list[bool](), list[int]()
    for owner, example in enumerate(examples):
        starts = _starts(example.text)
        matrix = INJECTION_RULES.windows(example.text, starts)
        for index in _chosen(example, starts, matrix):
            start = int(starts[index])
            stop = start + (WINDOW if len(starts) > 1 else _SHORT)
            texts.append(example.text[start:stop])
            rules.append(matrix[index])
            owners.append(owner)
            begins.append(start)
            told.append(_told(example, start, stop, len(starts)))
    return Windows(bags(texts), np.array(rules, np.float64), np.array(owners), np.array(told), np.array(begins))


def _starts(text: str) -> npt.NDArray[np.int64]:
    if len(text) <= _SHORT:
        return np.zeros(1, np.int64)
    return np.arange(0, len(text) - WINDOW + STRIDE, STRIDE)


def _chosen(example: Example, starts: npt.NDArray[np.int64], matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return the windows to keep: those that hit most rules, then others spread evenly."""
    if len(starts) <= MOST_WINDOWS:
        return np.arange(len(starts))
    busiest = np.argsort(-matrix.sum(axis=1), kind="stable")[: MOST_WINDOWS // 2]
    spread = np.linspace(0, len(starts) - 1, MOST_WINDOWS // 2).astype(int)
    found = [example.text.find(example.injected) // STRIDE] if example.injected in example.text[:-1] else []
    return np.unique(np.clip(np.concatenate([busiest, spread, np.array(found, int)]), 0, len(starts) - 1))


def _told(example: Example, start: int, stop: int, count: int) -> bool:
    """Return whether the label of the whole text holds for one window of it."""
    if not example.attack or count == 1:
        return True
    at = example.text.find(example.injected) if example.injected else -1
    return at >= 0 and start < at + len(example.injected) and at < stop


def source_weights(examples: Sequence[Example], windows: Windows, mask: npt.NDArray[np.bool_]) -> Floats:
    """Return a weight for each window: each text counts once, large groups count by the root of their size."""
    names = np.array([f"{example.group}|{example.attack}|{example.language}" for example in examples])[windows.owners]
    per_owner = np.bincount(windows.owners[mask], minlength=len(examples))
    each = np.where(mask, 1 / np.maximum(per_owner[windows.owners], 1), 0)
    _, index = np.unique(names, return_inverse=True)
    sizes = np.bincount(index, weights=each)
    weights = each * np.maximum(sizes[index], 1) ** -0.4
    return np.asarray(weights * (mask.sum() / weights.sum()), np.float64)


@dataclass(frozen=True, slots=True)
class Fitted:
    """One fit: the n-gram weights and bias, the rule weights and bias."""

    ngrams: Floats
    bias: float
    rules: Floats
    rule_bias: float

    def scores(self, windows: Windows) -> tuple[Floats, Floats]:
        """Return the n-gram and the rule score of each window."""
        return (
            windows.bags.scores(self.ngrams.astype(np.float16).astype(np.float32), self.bias),
            windows.rules @ self.rules + self.rule_bias,
        )


def fit(examples: Sequence[Example], windows: Windows, mask: npt.NDArray[np.bool_]) -> Fitted:
    """Fit on the windows in `mask`: first on sure labels, then also on each long attack's most suspicious window."""
    labels = np.array([example.attack for example in examples], np.float64)[windows.owners]
    sure = _fit_once(examples, windows, mask & windows.told, labels)
    ngrams, rules = sure.scores(windows)
    return _fit_once(examples, windows, mask & (windows.told | _top_windows(windows, ngrams + rules)), labels)


def _top_windows(windows: Windows, scores: Floats) -> npt.NDArray[np.bool_]:
    """Return a mask of the window of each example that scores highest."""
    order = np.lexsort((scores, windows.owners))
    last = np.append(np.diff(windows.owners[order]) != 0, True)
    top = np.zeros(len(order), np.bool_)
    top[order[last]] = True
    return top


def _fit_once(examples: Sequence[Example], windows: Windows, mask: npt.NDArray[np.bool_], labels: Floats) -> Fitted:
    weights = source_weights(examples, windows, mask)
    kept = np.flatnonzero(mask)
    ngrams, bias = fit_bags(windows.bags.take(kept), labels[kept], weights[kept], RIDGE)
    rules, rule_bias = fit_dense(windows.rules[kept], labels[kept], weights[kept], RULE_RIDGE)
    return Fitted(ngrams, bias, rules, rule_bias)


@dataclass(frozen=True, slots=True)
class CrossFit:
    """Scores of every window by a fit that never saw its group."""

    ngrams: Floats
    rules: Floats


def cross_fit(examples: Sequence[Example], windows: Windows, count: int = 5) -> CrossFit:
    """Score every window with its group left out."""
    fold = np.array(folds(list(examples), count))[windows.owners]
    ngrams, rules = np.zeros(len(fold)), np.zeros(len(fold))
    for left_out in range(count):
        found = fit(examples, windows, fold != left_out).scores(windows)
        ngrams[fold == left_out], rules[fold == left_out] = (score[fold == left_out] for score in found)
    return CrossFit(ngrams, rules)


def benign_tails(examples: Sequence[Example], windows: Windows, scores: CrossFit) -> tuple[Tail, Tail]:
    """Fit both benign tails on scores of groups left out, each source weighing the same."""
    clean = ~np.array([example.attack for example in examples])
    each = np.zeros(len(examples))
    each[clean] = weights_by_source([example.source for example in examples if not example.attack])
    harmless = clean[windows.owners]
    weights = each[windows.owners][harmless]
    return (
        fit_tail(scores.ngrams[harmless], weights, RARITIES),
        fit_tail(scores.rules[harmless], weights, RARITIES),
    )


def evidence(examples: Sequence[Example], windows: Windows, scores: CrossFit, tails: tuple[Tail, Tail]) -> Floats:
    """Return the evidence of each example: its most suspicious window, corrected for how many windows it has."""
    each = tails[0](scores.ngrams) + tails[1](scores.rules)
    best = np.full(len(examples), -np.inf)
    np.maximum.at(best, windows.owners, each)
    counts = np.array([len(_starts(example.text)) for example in examples])
    return np.asarray(best - LENGTH_CORRECTION * np.log10(counts), np.float64)


def model(fitted: Fitted, tails: tuple[Tail, Tail]) -> Tier1:
    """Return the tier as it is served; weights are rounded to the halves they are stored in."""
    ngrams = NgramModel(fitted.ngrams.astype(np.float16).astype(np.float32), fitted.bias)
    return Tier1(ngrams, fitted.rules, fitted.rule_bias, *tails)


def packed_model(fitted: Fitted, tails: tuple[Tail, Tail]) -> bytes:
    """Return the arrays that `Tier1.of` reads."""
    return packed(
        weights=fitted.ngrams.astype(np.float16),
        bias=np.array(fitted.bias),
        rule_weights=fitted.rules,
        rule_bias=np.array(fitted.rule_bias),
        ngram_scores=tails[0].scores,
        ngram_rarities=tails[0].rarities,
        rule_scores=tails[1].scores,
        rule_rarities=tails[1].rarities,
    )
