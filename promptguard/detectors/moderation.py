"""The moderation detector: how harmful a text is, and of which of OpenAI's kinds.

N-grams and rules read every text; they know words. The encoder's head reads what they are unsure of, or everything
where scores are asked for; it knows what sentences say. A text's worst passage decides, and names the kinds.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from audit.reasons import Reason
from promptguard.detectors.harm_model import HarmModel, Judged, Reading, States
from promptguard.detectors.harm_states import shared
from promptguard.findings import Category, Channel, Finding, Prompt, Report, View
from promptguard.model_store import ARTIFACTS, load

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
MOST_LOOKED = 16  # texts of one prompt that the encoder reads: the worst ones


class ModerationDetector:
    """Hate, harassment, violence, sexual content, self-harm and illicit requests and answers."""

    name = "moderation"

    def __init__(self, model: HarmModel, states: States, version: str) -> None:
        self.version = version
        self._model = model
        self._states = states

    @classmethod
    def load(cls, root: Path = ARTIFACTS) -> Self:
        """Return the detector with the shipped artefact."""
        artefact = load("moderation", root)
        return cls(HarmModel.of(artefact), shared(root), artefact.version)

    def detect(self, prompt: Prompt) -> Report:
        """Judge every view of every text but the operator's own."""
        scores, findings = dict.fromkeys(KINDS, 0.0), list[Finding]()
        for place, (view, reading) in enumerate(self._worst_first(prompt)):
            looked = place < MOST_LOOKED and (prompt.scored or reading.evidence >= self._model.gate)
            judged = self._judge(view.text, reading, looked=looked, whole=prompt.scored)
            scores = {kind: max(scores[kind], score) for kind, score in zip(KINDS, judged.kinds, strict=True)}
            findings += self._findings(view, judged)
        return Report(tuple(dict.fromkeys(findings)), scores)

    def _worst_first(self, prompt: Prompt) -> list[tuple[View, Reading]]:
        views = [view for view in prompt.views if view.segment.channel is not Channel.SYSTEM and view.text.strip()]
        return sorted(((view, self._model.read(view.text)) for view in views), key=lambda one: -one[1].evidence)

    def _judge(self, text: str, reading: Reading, *, looked: bool, whole: bool) -> Judged:
        if looked:
            return self._model.judge(text, reading, self._states, whole=whole)
        return self._model.guess(text, reading, len(KINDS))

    def _findings(self, view: View, judged: Judged) -> Iterator[Finding]:
        """Yield a finding for each kind that a text is likely of."""
        begin, end = view.origin(judged.start, judged.stop)
        for kind, score in zip(KINDS, judged.kinds, strict=True):
            if score >= 0.5:
                yield Finding(
                    source=view.segment.source,
                    start=begin,
                    end=end,
                    category=Category.MODERATION,
                    kind=kind,
                    reason=Reason.MODERATION,
                    detector=self.name,
                    detector_version=self.version,
                    score=round(score, 4),
                )
