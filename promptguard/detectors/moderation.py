"""The moderation detector: how harmful a text is, and of which of OpenAI's kinds that harm most likely is.

N-grams and rules say whether any window of a text is harmful, added as benign-tail scores; a model for each kind then
names the harm of the worst window. Both know words and phrases; what is only implied they do not see.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from audit.reasons import Reason
from promptguard.detectors.harm_patterns import HARM_RULES
from promptguard.detectors.ngrams import NgramModel, grams_of
from promptguard.detectors.tails import Tail, as_probability
from promptguard.findings import Category, Channel, Finding, Prompt, Report, View
from promptguard.model_store import ARTIFACTS, Artefact, load

KINDS = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
WINDOW, STRIDE = 128, 64  # code points: harm is said in a sentence, where an injection takes several
KIND_BITS = 16  # buckets of the kinds' models: the upper bits of the shared n-gram buckets
LENGTH_CORRECTION = 0.5  # of log10 of the number of windows: neighbours overlap


@dataclass(frozen=True, slots=True)
class HarmModel:
    """`harm` scores a text; `kinds` is [2**KIND_BITS, len(KINDS)] weights with a bias each, in log-odds."""

    harm: NgramModel
    tail: Tail
    rule_weights: npt.NDArray[np.float64]
    rule_bias: float
    rule_tail: Tail
    threshold: float
    kinds: npt.NDArray[np.float32]
    biases: npt.NDArray[np.float64]

    @classmethod
    def of(cls, artefact: Artefact) -> Self:
        """Return the model an artefact holds."""
        arrays = artefact.arrays("moderation.npz")
        return cls(
            NgramModel(arrays["weights"].astype(np.float32), float(arrays["bias"])),
            Tail(arrays["tail_scores"], arrays["tail_rarities"]),
            arrays["rule_weights"].astype(np.float64),
            float(arrays["rule_bias"]),
            Tail(arrays["rule_scores"], arrays["rule_rarities"]),
            float(artefact.settings["threshold"]),
            arrays["kinds"].astype(np.float32),
            arrays["biases"].astype(np.float64),
        )

    def judge(self, text: str) -> tuple[float, int]:
        """Return how likely `text` is harmful and where its worst window starts."""
        starts, scores = self.harm.windows(text, WINDOW, STRIDE)
        rules = HARM_RULES.windows(text, starts, WINDOW, STRIDE) @ self.rule_weights + self.rule_bias
        evidence = self.tail(scores) + self.rule_tail(rules)
        worst = int(np.argmax(evidence))
        corrected = float(evidence[worst]) - LENGTH_CORRECTION * float(np.log10(len(starts)))
        return as_probability(corrected, self.threshold), int(starts[worst])

    def by_kind(self, passage: str, harm: float) -> dict[str, float]:
        """Return the score of each kind in `passage`: the likeliest kind takes the whole score of `harm`."""
        buckets = kind_buckets(passage)
        sums = self.kinds[buckets].sum(axis=0, dtype=np.float64) / np.sqrt(max(len(buckets), 1)) + self.biases
        shares = 1 / (1 + np.exp(-np.clip(sums, -60, 60)))
        shares /= shares.max()
        return {kind: harm * float(share) for kind, share in zip(KINDS, shares, strict=True)}


def kind_buckets(text: str) -> npt.NDArray[np.int64]:
    """Return the bucket of every n-gram of a short text among the 2**KIND_BITS of the kinds' models."""
    return grams_of(text).buckets().astype(np.int64) >> 2


class ModerationDetector:
    """Hate, harassment, violence, sexual content, self-harm and illicit requests."""

    name = "moderation"

    def __init__(self, model: HarmModel, version: str) -> None:
        self.version = version
        self._model = model

    @classmethod
    def load(cls, root: Path = ARTIFACTS) -> Self:
        """Return the detector with the shipped artefact."""
        artefact = load("moderation", root)
        return cls(HarmModel.of(artefact), artefact.version)

    def detect(self, prompt: Prompt) -> Report:
        """Judge every view of every text but the operator's own."""
        scores, findings = dict.fromkeys(KINDS, 0.0), list[Finding]()
        for view in prompt.views:
            if view.segment.channel is Channel.SYSTEM or not view.text.strip():
                continue
            harm, start = self._model.judge(view.text)
            stop = min(start + WINDOW * 5 // 4, len(view.text))
            found = self._model.by_kind(view.text[start:stop], harm)
            scores = {kind: max(score, found[kind]) for kind, score in scores.items()}
            if harm >= 0.5:
                findings.append(self._finding(view, start, stop, max(found, key=lambda kind: found[kind]), harm))
        return Report(tuple(dict.fromkeys(findings)), scores)

    def _finding(self, view: View, start: int, stop: int, kind: str, harm: float) -> Finding:
        begin, end = view.origin(start, stop)
        return Finding(
            source=view.segment.source,
            start=begin,
            end=end,
            category=Category.MODERATION,
            kind=kind,
            reason=Reason.MODERATION,
            detector=self.name,
            detector_version=self.version,
            score=round(harm, 4),
        )
