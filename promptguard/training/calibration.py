"""Calibrating the encoder on sources it was not trained on: its benign tails and the thresholds of the sums."""

import random
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from promptguard.detectors.injection.tier2 import FIRST, MOST_WINDOWS, pair_sum, passage, plain, prefix_of
from promptguard.detectors.tails import Tail, fit_tail
from promptguard.findings import Channel
from promptguard.training.examples import Example, is_document
from promptguard.training.injection import LeftOut
from promptguard.training.operating_point import (
    TARGETS,
    Floats,
    channel_of,
    rates,
    report,
    thresholds,
    upper,
    weights_by_source,
)

RARITIES = (0.0, 0.3, 0.6, 1.0, 1.3, 1.7, 2.0, 2.3)
GATE_SHARE = 0.1  # of harmless English texts of users that the encoder looks at
PAIR_TARGET = 0.05  # a mean over sources: a fifth of the adversarial-looking texts, a thirtieth of ordinary ones
MOST = 300  # rows of one source and label
Score = Callable[[str, str, str | None], float]  # channel, text, protected sentences → log-odds


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows to calibrate on, as places in `left.examples`, and the log-odds of the windows looked at in each."""

    left: LeftOut
    places: list[int]
    windows: list[list[int]]
    scores: list[list[float]]
    first: Floats  # the evidence of tier 1 in every window of `left`, not corrected for length

    def examples(self) -> list[Example]:
        """Return the sampled rows, each with the source it counts for."""
        chosen = [self.left.examples[place] for place in self.places]
        return [replace(one, source=source_of(one)) for one in chosen]


def source_of(example: Example) -> str:
    """Return what a row counts for in averages over sources: generated rows by the sort of text they are."""
    if example.source != "own":
        return example.source
    if example.kind.startswith("obf"):
        return "own encoded"
    named = {"multi": "own languages", "hard": "own hard", "fmt": "own constraints"}
    channels = {Channel.DOCUMENT: "own documents", Channel.TOOL: "own tool results"}
    return named.get(example.kind) or channels.get(example.channel) or "own twins"


def sample(left: LeftOut, unseen: Container[Example], seed: int, score: Score) -> Sample:
    """Score up to `MOST` rows of each source and label among `unseen` with the encoder."""
    groups = dict[tuple[str, bool, str], list[int]]()
    for place, one in enumerate(left.examples):
        if one in unseen:
            groups.setdefault((source_of(one), one.attack, channel_of(one)), []).append(place)
    rng = random.Random(seed)  # noqa: S311  (sampling, not a secret)
    places = [place for _, group in sorted(groups.items()) for place in rng.sample(group, min(len(group), MOST))]
    first = left.tails[0](left.scores.ngrams) + left.tails[1](left.scores.rules)
    windows = [_looked(left, first, place) for place in places]
    scores = [
        [score(prefix_of(left.examples[place].channel), _passage(left, place, window), None) for window in looked]
        for place, looked in zip(places, windows, strict=True)
    ]
    return Sample(left, places, windows, scores, first)


def _looked(left: LeftOut, first: Floats, place: int) -> list[int]:
    """Return the windows of an example that serving would show to the encoder, the most suspicious first."""
    owned = np.flatnonzero(left.windows.owners == place)
    order = owned[np.argsort(-first[owned], kind="stable")]
    return [int(one) for one in order[: MOST_WINDOWS if is_document(left.examples[place]) else 1]]


def _passage(left: LeftOut, place: int, window: int) -> str:
    return passage(left.examples[place].text, int(left.windows.starts[window]))


@dataclass(frozen=True, slots=True)
class Pair:
    """A text that came with a system prompt: whether it goes after it, tier 1's evidence and the pair's log-odds."""

    attack: bool
    evidence: float
    score: float
    source: str


def settings(found: Sample, pairs: Sequence[Pair], log: Callable[[str], None]) -> dict[str, Any]:
    """Return the tails, gate and thresholds for the artefact, and print what they catch on the sampled sources."""
    tails = {kind: _tail(found, kind) for kind in TARGETS}
    sums = _sums(found, tails)
    limits = thresholds(found.examples(), sums)
    averages = report(rates(found.examples(), sums, limits), log)
    tails["pair"], limits["pair"], averages["pair recall"] = _pair(pairs)
    log(f"against the system prompt: recall {averages['pair recall']:.4f} at {PAIR_TARGET} of {len(pairs)} rows")
    return {
        "tails": {kind: [tail.scores.tolist(), tail.rarities.tolist()] for kind, tail in tails.items()},
        "thresholds": limits,
        "gate": gate(found.left),
        "left_out": averages,
    }


def _pair(pairs: Sequence[Pair]) -> tuple[Tail, float, float]:
    """Return the tail of the pair model, its threshold and its recall there."""
    clean = np.array([not one.attack for one in pairs])
    scores = np.array([one.score for one in pairs])
    weights = weights_by_source([one.source for one in pairs if not one.attack])
    tail = fit_tail(scores[clean], weights, RARITIES)
    sums = np.array([pair_sum(one.evidence, float(tail(one.score))) for one in pairs])
    limit = upper(sums[clean], weights, PAIR_TARGET)
    return tail, limit, round(float((sums[~clean] >= limit).mean()), 4)


def _tail(found: Sample, kind: str) -> Tail:
    """Fit the tail of the encoder's scores on the harmless texts of one kind, sources weighing the same."""
    chosen = [
        (one.source, score)
        for one, scores in zip(found.examples(), found.scores, strict=True)
        for score in scores
        if not one.attack and channel_of(one) == kind
    ]
    return fit_tail(np.array([score for _, score in chosen]), weights_by_source([name for name, _ in chosen]), RARITIES)


def gate(left: LeftOut) -> float:
    """Return the evidence of tier 1 that `GATE_SHARE` of the harmless texts of users reach."""
    chosen = np.array(
        [place for place, one in enumerate(left.examples) if not one.attack and channel_of(one) == "user"]
    )
    weights = weights_by_source([left.examples[place].source for place in chosen.tolist()])
    return upper(left.evidence[chosen], weights, GATE_SHARE)


def _sums(found: Sample, tails: Mapping[str, Tail]) -> Floats:
    """Return the evidence of both tiers for each sampled row, as serving adds it up."""
    line = gate(found.left)
    result = np.empty(len(found.places))
    for row, place in enumerate(found.places):
        one = found.left.examples[place]
        evidence = float(found.left.evidence[place])
        each = found.first[np.array(found.windows[row])]
        correction = float(each.max()) - evidence  # for the length of the text
        looked = FIRST * (each - correction) + tails[channel_of(one)](np.array(found.scores[row]))
        skipped = plain(channel_of(one), evidence, passage(one.text, 0), line)
        result[row] = FIRST * evidence if skipped else float(looked.max())
    return result
