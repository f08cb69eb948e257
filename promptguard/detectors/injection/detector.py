"""The injection detector: tier 1 on every text, the encoder on documents and on what tier 1 is unsure of."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import re2

from audit.reasons import Reason
from promptguard.detectors.encoder import shared
from promptguard.detectors.injection.patterns import Rule
from promptguard.detectors.injection.protected import protected_sentences
from promptguard.detectors.injection.rules import ALL_RULES, FEATURE_OF, INJECTION_RULES
from promptguard.detectors.injection.tier1 import Reading, Tier1
from promptguard.detectors.injection.tier2 import FIRST, FOREIGN_CHANNELS, MOST_WINDOWS, Tier2, kind_of, passage
from promptguard.detectors.ngrams import WINDOW
from promptguard.detectors.tails import as_probability
from promptguard.findings import Category, Channel, Finding, Prompt, Report, View
from promptguard.model_store import ARTIFACTS, load
from promptguard.normalise import HIDING_STEPS

SCANNED = frozenset({Channel.USER, Channel.ASSISTANT, Channel.TOOL, Channel.DOCUMENT})
_SENTENCE_END = re2.compile(r"[.!?。！？।](?:[\s\"'”’)]|$)|\n")


@dataclass(frozen=True, slots=True)
class Judged:
    """How likely the worst window of a view is an injection, and where that window and its rules are."""

    score: float
    window: int
    reading: Reading
    against: bool = False  # the system prompt, rather than by itself


class InjectionDetector:
    """Prompt injections and jailbreaks, by what they say and where they stand."""

    name = "injection"

    def __init__(self, tier1: Tier1, tier2: Tier2, version: str) -> None:
        self.version = version
        self._tier1 = tier1
        self._tier2 = tier2

    @classmethod
    def load(cls, root: Path = ARTIFACTS) -> Self:
        """Return the detector with the shipped artefacts."""
        first, second = load("injection", root), shared(root)
        return cls(Tier1.of(first), Tier2.of(second), f"{first.version}+{second.artefact.version}")

    def detect(self, prompt: Prompt) -> Report:
        """Judge every view of every text that is not the operator's own."""
        best, findings = 0.0, list[Finding]()
        protected = protected_sentences(prompt.system_text())
        for view in prompt.views:
            if view.segment.channel not in SCANNED or not view.text.strip():
                continue
            judged = self._judge(view, protected)
            best = max(best, judged.score)
            if judged.score >= 0.5:
                findings.append(self._finding(view, judged))
        return Report(tuple(_once(findings)), {Category.INJECTION.value: best})

    def _judge(self, view: View, protected: str) -> Judged:
        """Return the worst of what the text is by itself and against the system prompt."""
        channel = view.segment.channel
        reading = self._tier1.read(view.text)
        worst = passage(view.text, int(reading.starts[reading.best]))
        kind = kind_of(channel, worst)
        window, evidence = self._weigh(view, reading, kind, worst)
        alone = as_probability(evidence, self._tier2.thresholds[kind])
        if protected and channel is Channel.USER:
            start, first = int(reading.starts[window]), float(reading.evidence[window])
            paired = self._tier2.against(view.text, start, protected, first)
            if paired > alone:
                return Judged(paired, window, reading, against=True)
        return Judged(alone, window, reading)

    def _weigh(self, view: View, reading: Reading, kind: str, first: str) -> tuple[int, float]:
        """Return the worst window and the evidence of both tiers for it; `first` is tier 1's worst passage."""
        best, counted = reading.best, FIRST * reading.evidence
        if kind == "document":
            looked = np.argsort(-reading.evidence, kind="stable")[:MOST_WINDOWS].tolist()
        elif self._tier2.unsure(kind, float(reading.evidence[best]), first):
            looked = [best]
        else:
            return best, float(counted[best])
        channel = view.segment.channel
        sums = [
            float(counted[window]) + self._tier2.alone(kind, channel, view.text, int(reading.starts[window]))
            for window in looked
        ]
        worst = int(np.argmax(sums))
        return looked[worst], sums[worst]

    def _finding(self, view: View, judged: Judged) -> Finding:
        start, end, rule = self._deciding(view, judged)
        learned = "protected" if judged.against else "learned"
        start, end = view.origin(start, end)
        return Finding(
            source=view.segment.source,
            start=start,
            end=end,
            category=Category.INJECTION,
            kind=rule.name if rule else learned,
            reason=_reason(view, rule, judged),
            detector=self.name,
            detector_version=self.version,
            score=round(judged.score, 4),
        )

    def _deciding(self, view: View, judged: Judged) -> tuple[int, int, Rule | None]:
        """Return where the heaviest rule of the worst window hits, or that window's sentences if none does."""
        first = int(judged.reading.starts[judged.window])
        last = len(view.text) if len(judged.reading.starts) == 1 else min(first + WINDOW, len(view.text))
        weights = judged.reading.rules[judged.window] * self._tier1.rule_weights
        feature = int(np.argmax(weights))
        for index in (rule for rule, one in enumerate(FEATURE_OF) if one == feature and weights[feature] > 0):
            for start, end in INJECTION_RULES.occurrences(index, view.text):
                if start < last and first < end:
                    return *_sentences(view.text, start, end), ALL_RULES[index]
        return *_sentences(view.text, first, last), None


def _once(findings: list[Finding]) -> Iterator[Finding]:
    """Yield each finding unless one of the same place came before: views of one text often agree."""
    seen = set[tuple[str, int, int]]()
    for finding in sorted(findings, key=lambda one: -one.score):
        place = (finding.source, finding.start, finding.end)
        if place not in seen:
            seen.add(place)
            yield finding


def _sentences(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the least run of whole sentences around [start, end), at most a window to either side."""
    left, right = max(start - WINDOW, 0), min(end + WINDOW, len(text))
    before = [match.end() for match in _SENTENCE_END.finditer(text[left : max(end - 1, start)])]
    begin = max([left + stop for stop in before if left + stop <= start], default=left)
    after = _SENTENCE_END.search(text[max(end - 1, start) : right])
    return begin, max(end - 1, start) + after.end() if after else right


def _reason(view: View, rule: Rule | None, judged: Judged) -> Reason:
    """Return what to tell the person: hidden text first, then a document that gives orders, then the rule."""
    if HIDING_STEPS.intersection(view.steps):
        return Reason.INJECTION_HIDDEN
    if view.segment.channel in FOREIGN_CHANNELS:
        return Reason.INJECTION_INDIRECT
    learned = Reason.INJECTION_EXTRACTION if judged.against else Reason.INJECTION_LEARNED
    return rule.reason if rule else learned
