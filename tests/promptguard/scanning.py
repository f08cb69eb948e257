"""Ask one detector about one text, the way the pipeline does."""

from uuid import UUID

from promptguard.findings import Channel, Detector, Finding, Prompt, Segment
from promptguard.normalise import normalise


def prompt_of(text: str, channel: Channel = Channel.USER, org_id: UUID | None = None) -> Prompt:
    segment = Segment("input", channel, text)
    return Prompt((segment,), normalise(segment), org_id)


def found(detector: Detector, text: str, channel: Channel = Channel.USER) -> tuple[Finding, ...]:
    """Return the findings at the shipped operating point."""
    return tuple(each for each in detector.detect(prompt_of(text, channel)).findings if each.score >= 0.5)


def kinds(detector: Detector, text: str, channel: Channel = Channel.USER) -> set[str]:
    return {each.kind for each in found(detector, text, channel)}


def quoted(detector: Detector, text: str, kind: str) -> list[str]:
    """Return what the findings of `kind` cover."""
    return [text[each.start : each.end] for each in found(detector, text) if each.kind == kind]
