"""The values the guard speaks in: what it reads, and what it found.

A request becomes a `Prompt` of `Segment`s (one for each message, document, tool result, …). Normalisation turns each
segment into one or more `View`s: readings of the same text that map back to it. Detectors look at views and answer
with `Finding`s whose offsets are code points of the **original** segment text, end exclusive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from audit.reasons import Reason


class Channel(StrEnum):
    """Where a text comes from; the same words mean more in a document than from the user."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    DOCUMENT = "document"
    OUTPUT = "output"


class Category(StrEnum):
    """The classes of content a policy sets an action for."""

    PII = "pii"
    SECRETS = "secrets"
    INJECTION = "prompt_injection"
    EXFILTRATION = "exfiltration"
    CROSS_TENANT = "cross_tenant"
    MODERATION = "moderation"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of text of a request. `source` is its path in the body, such as ``messages[1].content``."""

    source: str
    channel: Channel
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a segment: its normalised text, or what an encoded run in it decodes to.

    `offsets[i]` is the code point of the segment's text that character `i` of `text` comes from, with one more entry
    at the end for the end of the text; ``None`` means the text is unchanged. `steps` names what was undone, outermost
    first: ``("nfkc",)``, ``("base64", "rot13")``; empty for plain text.
    """

    segment: Segment
    text: str
    offsets: Sequence[int] | None = None
    steps: tuple[str, ...] = ()

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the [start, end) in the segment's own text that [start, end) of this view stands for."""
        if self.offsets is None:
            return start, end
        first = self.offsets[start]
        return first, max(self.offsets[end], first + 1)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything detectors may look at for one request; `org_id` is the tenant that sends it.

    Whoever acts on findings alone says so by `scored`: detectors need not rank what is harmless, which takes longer.
    """

    segments: tuple[Segment, ...]
    views: tuple[View, ...]
    org_id: UUID | None = None
    scored: bool = True

    def system_text(self) -> str:
        """Return the system prompt: what the injected text may be after."""
        return "\n".join(segment.text for segment in self.segments if segment.channel is Channel.SYSTEM)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a detector found at [start, end) of the segment named `source` (code points, end exclusive).

    `kind` is the detector's own finer name (``EMAIL``, ``aws-access-key``, ``override``); `score` is in [0, 1].
    """

    source: str
    start: int
    end: int
    category: Category
    kind: str
    reason: Reason
    detector: str
    detector_version: str
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """What one detector says of one prompt.

    `findings` carry calibrated scores; 0.5 is the shipped operating point, and a policy may ask for more or less.
    `scores` holds the highest score by category (or by moderation kind, such as ``hate``), below 0.5 too.
    """

    findings: tuple[Finding, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)


class Detector(Protocol):
    """Text in, findings out. No database, no network, no clock; the same prompt gives the same report.

    An exception means "could not answer": the pipeline refuses the request (fail closed).
    """

    name: str
    version: str

    def detect(self, prompt: Prompt) -> Report: ...
