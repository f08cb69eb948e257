"""Tiers 2 and 3, where they earn their milliseconds: the encoder on a window, alone or against the system prompt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from promptguard.detectors.encoder import Encoder
from promptguard.detectors.injection.language import is_english, is_mixed
from promptguard.detectors.ngrams import WINDOW
from promptguard.detectors.tails import Tail, as_probability
from promptguard.findings import Channel

MARGIN = 32  # characters around a window that the encoder also reads
MOST_WINDOWS = 1  # of one document that the encoder reads; a second found one attack in a hundred more
FIRST = 0.45  # weight of tier 1's evidence beside the encoder's: its two halves often see the same words
CERTAIN = 1.0  # powers of ten beyond the threshold at which a second look would change nothing
_PREFIX = {Channel.DOCUMENT: "document", Channel.TOOL: "tool"}
FOREIGN_CHANNELS = frozenset(_PREFIX)


@dataclass(frozen=True, slots=True)
class Tier2:
    """The encoder with the benign tail of each way to ask it, and the thresholds of the sums with tier 1.

    `tails` and `thresholds` are by "user", "foreign", "document" and "pair". Of users' English texts those below `gate`
    are not worth a look.
    """

    encoder: Encoder
    tails: Mapping[str, Tail]
    thresholds: Mapping[str, float]
    gate: float

    @classmethod
    def of(cls, encoder: Encoder) -> Self:
        """Return the tier that the encoder's artefact holds."""
        settings: Mapping[str, Any] = encoder.artefact.settings["injection"]
        tails = {name: Tail(np.array(knots[0]), np.array(knots[1])) for name, knots in settings["tails"].items()}
        return cls(encoder, tails, dict(settings["thresholds"]), float(settings["gate"]))

    def unsure(self, kind: str, evidence: float, passage: str) -> bool:
        """Return whether a text of a user is neither plainly harmless nor an attack beyond doubt to tier 1."""
        return FIRST * evidence < self.thresholds[kind] + CERTAIN and not plain(kind, evidence, passage, self.gate)

    def alone(self, kind: str, channel: Channel, text: str, start: int) -> float:
        """Return how rare the window of `text` at `start` is among harmless ones, in powers of ten."""
        return float(self.tails[kind](self.encoder.score(prefix_of(channel), passage(text, start))))

    def against(self, text: str, start: int, protected: str, evidence: float) -> float:
        """Return how likely the window goes after what `protected` guards; `evidence` is what tier 1 made of it."""
        score = self.encoder.score("user", passage(text, start), protected)
        return as_probability(pair_sum(evidence, float(self.tails["pair"](score))), self.thresholds["pair"])


def plain(kind: str, evidence: float, passage: str, gate: float) -> bool:
    """Return whether a user's passage is plainly harmless to tier 1: nothing with another language than English is."""
    return kind == "user" and evidence < gate and not is_mixed(passage)


def prefix_of(channel: Channel) -> str:
    """Return what the encoder calls a channel; whoever is not a document or a tool speaks like a user."""
    return _PREFIX.get(channel, "user")


def kind_of(channel: Channel, passage: str) -> str:
    """Return which tail and threshold a passage is judged by.

    Documents and tool results should hold no orders at all; in other languages than English tier 1 is of little help.
    """
    if channel in _PREFIX:
        return "document"
    return "user" if is_english(passage) else "foreign"


def passage(text: str, start: int) -> str:
    """Return what the encoder reads of a window: a text of one window whole, else with a margin on both sides."""
    if len(text) <= WINDOW * 5 // 4:
        return text
    return text[max(start - MARGIN, 0) : start + WINDOW + MARGIN]


def pair_sum(evidence: float, rarity: float) -> float:
    """Return the sum for the pair model. What tier 1 sees counts little: its harmless texts had no system prompt."""
    return rarity + 0.5 * min(max(evidence, 0.0), 3.0)
