"""Benign tails: what share of harmless texts scores as high as this one.

Scores of different models cannot be added; how rare they are among harmless texts can.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tail:
    """A map from scores to ``-log10 P(benign score ≥ score)``: straight lines between knots, ascending in both.

    Beyond the last knot the last slope goes on, since training cannot have seen how rare a rarer score is.
    """

    scores: Floats
    rarities: Floats

    def __call__(self, scores: npt.ArrayLike) -> Floats:
        """Return the rarity of each score, in powers of ten."""
        values = np.asarray(scores, np.float64)
        inner = np.interp(values, self.scores, self.rarities)
        return np.asarray(inner + np.maximum(values - self.scores[-1], 0) * self._slope(), np.float64)

    def _slope(self) -> float:
        rise, run = self.rarities[-1] - self.rarities[-2], self.scores[-1] - self.scores[-2]
        return float(rise / run)


def fit_tail(scores: Floats, weights: Floats, rarities: tuple[float, ...]) -> Tail:
    """Fit a tail to weighted benign `scores`: one knot for each of `rarities`, the least score that is so rare."""
    order = np.argsort(scores)[::-1]
    ranked, above = scores[order], np.cumsum(weights[order]) / weights.sum()
    knots = [float(ranked[min(np.searchsorted(above, 10.0**-rarity), len(ranked) - 1)]) for rarity in rarities]
    distinct = np.maximum.accumulate(np.array(knots)) + np.arange(len(knots)) * 1e-6
    return Tail(distinct, np.array(rarities))


def as_probability(evidence: float, threshold: float, steepness: float = 1.5) -> float:
    """Return `evidence` on a scale where `threshold` is 0.5."""
    return float(1 / (1 + np.exp(np.clip(steepness * (threshold - evidence), -60, 60))))
