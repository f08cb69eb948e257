"""What is known of harm: n-grams and rules over windows of a text, and the encoder's head over its passages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from promptguard.detectors.harm_head import Floats, HarmHead
from promptguard.detectors.harm_patterns import HARM_RULES
from promptguard.detectors.ngrams import NgramModel
from promptguard.detectors.tails import Tail, as_probability
from promptguard.model_store import Artefact

WINDOW, STRIDE = 128, 64  # code points: harm is said in a sentence, where an injection takes several
PASSAGE = 380  # code points that the encoder reads at once
CORE = 160  # code points of the passage around the worst window alone, which a longer one waters down
MOST_PASSAGES = 4  # of one text
SECOND_LOOK = 1.0
"""How rare the core must look to the head before a longer passage is read too: as one harmless text in ten does.

Of 215 harmful texts none was flagged by the longer passage alone below it; of 250 harmless ones of up to 4,000
characters 57 pass the gate, and 10 of those this.
"""
LENGTH_CORRECTION = 0.5  # of log10 of the number of windows: neighbours overlap
TIER1_SHARE = 0.25  # of what n-grams and rules say beside the head: they know words, it knows sentences
STEEPNESS = 1.0
States = Callable[[str], Floats]


@dataclass(frozen=True, slots=True)
class Reading:
    """What n-grams and rules make of a text: how rare it is among harmless ones, and where its worst window starts."""

    evidence: float
    start: int


@dataclass(frozen=True, slots=True)
class Judged:
    """How likely a text is harmful, where the worst passage stands, and how likely it is of each kind."""

    harm: float
    start: int
    stop: int
    kinds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HarmModel:
    """The models of an artefact with their benign tails. Texts below `gate` need no look by the encoder."""

    ngrams: NgramModel
    ngram_tail: Tail
    rule_weights: npt.NDArray[np.float64]
    rule_bias: float
    rule_tail: Tail
    head: HarmHead
    head_tail: Tail
    gate: float
    threshold: float

    @classmethod
    def of(cls, artefact: Artefact) -> Self:
        """Return the models an artefact holds."""
        arrays = artefact.arrays("moderation.npz")
        return cls(
            NgramModel(arrays["weights"].astype(np.float32), float(arrays["bias"])),
            Tail(arrays["ngram_scores"], arrays["ngram_rarities"]),
            arrays["rule_weights"].astype(np.float64),
            float(arrays["rule_bias"]),
            Tail(arrays["rule_scores"], arrays["rule_rarities"]),
            HarmHead.of(arrays),
            Tail(arrays["head_scores"], arrays["head_rarities"]),
            float(artefact.settings["gate"]),
            float(artefact.settings["threshold"]),
        )

    def read(self, text: str) -> Reading:
        """Return what n-grams and rules make of `text`."""
        starts, scores = self.ngrams.windows(text, WINDOW, STRIDE)
        rules = HARM_RULES.windows(text, starts, WINDOW, STRIDE) @ self.rule_weights + self.rule_bias
        evidence = self.ngram_tail(scores) + self.rule_tail(rules)
        worst = int(np.argmax(evidence))
        return Reading(float(evidence[worst]) - _correction(len(starts)), int(starts[worst]))

    def judge(self, text: str, reading: Reading, states: States, *, whole: bool) -> Judged:
        """Return what all of them make of the worst passage; with `whole`, of passages all over the text.

        The passage around the worst window is read first; plainly harmless, it is all that is read.
        """
        places = passages(text, reading.start, whole=whole)
        read = [self._logits(text, places[0], states)]
        if whole or self.head_tail(harm_score(read[0]))[0] >= SECOND_LOOK:
            read += [self._logits(text, place, states) for place in places[1:]]
        logits = np.concatenate(read)
        scores = harm_score(logits)
        worst = int(np.argmax(scores))
        rarity = float(self.head_tail(scores[worst])) - _correction(len(read))
        harm = as_probability(total(reading.evidence, rarity), self.threshold, STEEPNESS)
        shares = 1 / (1 + np.exp(-np.clip(logits[worst, 1:].astype(np.float64), -30, 30)))
        return Judged(harm, *places[worst], tuple((harm * shares / shares.max()).tolist()))

    def _logits(self, text: str, place: tuple[int, int], states: States) -> Floats:
        return self.head(states(text[slice(*place)])[None])

    def guess(self, text: str, reading: Reading, kinds: int) -> Judged:
        """Return what a text below the gate is taken for: harmless, of no kind more than of another."""
        harm = as_probability(total(min(reading.evidence, self.gate), 0.0), self.threshold, STEEPNESS)
        return Judged(harm, 0, len(text), (harm,) * kinds)


def total(evidence: float | npt.NDArray[np.float64], rarity: float | npt.NDArray[np.float64]) -> float:
    """Return the sum of what n-grams and rules say and what the head says, in powers of ten."""
    return TIER1_SHARE * evidence + rarity  # type: ignore[return-value]  # numpy's arithmetic


def harm_score(logits: Floats) -> npt.NDArray[np.float64]:
    """Return one score for each row of the head's log-odds: of any harm, and of the likeliest kind."""
    return np.asarray(logits[:, 0] + logits[:, 1:].max(axis=1), np.float64)


def passages(text: str, start: int, *, whole: bool) -> list[tuple[int, int]]:
    """Return [start, stop) of what the encoder reads of `text`: around the window at `start`, or all over it."""
    if len(text) <= CORE * 5 // 4:
        return [(0, len(text))]
    core = min(max(start - (CORE - WINDOW) // 2, 0), len(text) - CORE)
    around = min(max(core - (PASSAGE - CORE) // 2, 0), max(len(text) - PASSAGE, 0))
    starts = [around]
    if whole and len(text) > PASSAGE * 5 // 4:
        starts += np.linspace(0, len(text) - PASSAGE, MOST_PASSAGES - 2).astype(int).tolist()
    longer = [(one, min(one + PASSAGE, len(text))) for one in dict.fromkeys(starts)]
    return [(core, core + CORE), *longer]


def _correction(count: int) -> float:
    return LENGTH_CORRECTION * float(np.log10(count))
