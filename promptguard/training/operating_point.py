"""Where to set the thresholds, and what that costs and catches source by source."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from promptguard.detectors.injection.tier2 import kind_of, passage
from promptguard.training.examples import Example

Floats = npt.NDArray[np.float64]
# The share of harmless texts that may alarm, as a mean over benign sources. Own twins are written to be hard: they
# count as one source among the real ones.
TARGETS = {"user": 0.01, "foreign": 0.008, "document": 0.012}


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of `total` rows of a source reached the threshold."""

    source: str
    attack: bool
    channel: str
    reached: int
    total: int


def channel_of(example: Example) -> str:
    """Return which of the thresholds an example is read with."""
    return kind_of(example.channel, passage(example.text, 0))


def thresholds(examples: Sequence[Example], evidence: Floats) -> dict[str, float]:
    """Return for each channel the evidence that only its target share of harmless texts reaches."""
    found = dict[str, float]()
    for channel, target in TARGETS.items():
        chosen = np.array(
            [place for place, one in enumerate(examples) if not one.attack and channel_of(one) == channel], np.int64
        )
        weights = weights_by_source([examples[place].source for place in chosen.tolist()])
        found[channel] = upper(evidence[chosen], weights, target) if len(chosen) else found["user"]
    return found


def weights_by_source(sources: Sequence[str]) -> Floats:
    """Return a weight for each row so that sources weigh the same; those under 100 rows weigh by their rows."""
    _, index, sizes = np.unique(np.array(sources), return_inverse=True, return_counts=True)
    return np.asarray(1 / np.maximum(sizes[index], 100), np.float64)


def upper(values: Floats, weights: Floats, share: float) -> float:
    """Return the least value that at most `share` of the weight reaches."""
    order = np.argsort(values)[::-1]
    above = np.cumsum(weights[order]) / weights.sum()
    place = min(int(np.searchsorted(above, share)), len(values) - 1)
    return float(values[order[place]]) + 1e-6


def rates(examples: Sequence[Example], evidence: Floats, limits: Mapping[str, float]) -> list[Rate]:
    """Return how many rows of each source, label and channel reach their threshold."""
    counts = dict[tuple[str, bool, str], list[int]]()
    for example, value in zip(examples, evidence, strict=True):
        channel = channel_of(example)
        seen = counts.setdefault((channel, example.attack, example.source), [0, 0])
        seen[0] += int(value >= limits[channel])
        seen[1] += 1
    return [Rate(source, attack, channel, *seen) for (channel, attack, source), seen in sorted(counts.items())]


def report(found: Sequence[Rate], log: Callable[[str], None]) -> dict[str, float]:
    """Print the table and return its macro averages over sources, for the card."""
    averages = {}
    for channel in TARGETS:
        for attack in (False, True):
            group = [rate for rate in found if (rate.channel, rate.attack) == (channel, attack)]
            what = f"{channel} {'recall' if attack else 'false positives'}"
            for rate in group:
                log(f"  {what:26} {rate.source:34} {rate.reached / rate.total:7.4f} of {rate.total}")
            averages[what] = round(sum(rate.reached / rate.total for rate in group) / max(len(group), 1), 4)
            log(f"{what:28} {'macro average':34} {averages[what]:7.4f}")
    return averages
