"""Tier 1, on every call: hashed n-grams and rules, window by window, added as benign-tail scores."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from promptguard.detectors.injection.rules import INJECTION_RULES
from promptguard.detectors.ngrams import NgramModel
from promptguard.detectors.tails import Tail
from promptguard.model_store import Artefact, ArtefactRefused

Floats = npt.NDArray[np.float64]
LENGTH_CORRECTION = 0.7  # of log10 of the number of windows: neighbours overlap, so they are not independent tries


@dataclass(frozen=True, slots=True)
class Reading:
    """What tier 1 makes of a text: the evidence of each window (powers of ten), corrected for how many there are."""

    starts: npt.NDArray[np.int64]
    evidence: Floats
    rules: npt.NDArray[np.float32]  # [windows, features] ones where a window hits a rule

    @property
    def best(self) -> int:
        """The window with the most evidence."""
        return int(np.argmax(self.evidence))


@dataclass(frozen=True, slots=True)
class Tier1:
    """The n-gram model, the weights of the rules, and the benign tail of each."""

    ngrams: NgramModel
    rule_weights: Floats
    rule_bias: float
    ngram_tail: Tail
    rule_tail: Tail

    def read(self, text: str) -> Reading:
        """Return the evidence in every window of `text`."""
        starts, scores = self.ngrams.windows(text)
        matrix = INJECTION_RULES.windows(text, starts)
        each = self.ngram_tail(scores) + self.rule_tail(matrix @ self.rule_weights + self.rule_bias)
        return Reading(starts, each - LENGTH_CORRECTION * np.log10(len(starts)), matrix)

    @classmethod
    def of(cls, artefact: Artefact) -> Self:
        """Return the model an artefact holds."""
        arrays = artefact.arrays("tier1.npz")
        if len(arrays["rule_weights"]) != INJECTION_RULES.count:
            raise ArtefactRefused(f"{artefact.version} was trained for other rules")
        return cls(
            NgramModel(arrays["weights"].astype(np.float32), float(arrays["bias"])),
            arrays["rule_weights"].astype(np.float64),
            float(arrays["rule_bias"]),
            Tail(arrays["ngram_scores"], arrays["ngram_rarities"]),
            Tail(arrays["rule_scores"], arrays["rule_rarities"]),
        )
