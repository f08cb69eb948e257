"""The labels of a call (`metadata`) as its decision keeps them: without what is personal or secret.

A policy says what may go to a model. What a record keeps for years is not its to say: whatever is found, at the shipped
operating point, is replaced in names and values alike. Only what merely looks generated stays: ids are what labels are
for, and a secret whose name says so is found by its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import TypeVar

from promptguard.detectors.secrets import unknown
from promptguard.engine import Engine, engine
from promptguard.findings import Channel, Detector, Finding, Prompt, Segment
from promptguard.normalise.decoding import BoundExceeded
from promptguard.normalise.views import normalise
from promptguard.redaction import Redactor
from promptguard.schemas import Label
from promptguard.segments import TooMuch

Value = TypeVar("Value", bound=Label)
_DETECTORS = {"pii", "secrets"}
_OPERATING_POINT = 0.5  # the shipped one: scores are calibrated to it
_BETWEEN, _AFTER = ": ", " ;\n"  # what no value goes on across


def recordable(labels: Mapping[str, Label], own: Iterable[Detector]) -> dict[str, Label]:
    """Return `labels` with placeholders for what the detectors, and the tenant's `own`, find; nothing if one fails.

    Raises `TooMuch` for a text that is nested or encoded beyond the bounds.
    """
    text = "".join(f"{name}{_BETWEEN}{value}{_AFTER}" for name, value in labels.items())
    found = _found(text, own) if text else []
    if found is None:
        return {}
    redactor, at, kept = Redactor([text]), 0, {}
    for name, value in labels.items():
        cleaned = _without(found, redactor, at, name)
        at += len(name) + len(_BETWEEN)
        kept[cleaned] = _without(found, redactor, at, value)
        at += len(str(value)) + len(_AFTER)
    return kept


def _found(text: str, own: Iterable[Detector]) -> list[Finding] | None:
    """Return what is found in `text`; none if a detector fails."""
    segment = Segment("metadata", Channel.USER, text)
    try:
        views = tuple(normalise(segment))
    except BoundExceeded as error:
        raise TooMuch("#/metadata", str(error)) from error
    outcome = _engine().run(Prompt((segment,), views, scored=False), own)
    findings = (one for report in outcome.reports for one in report.findings)
    sure = [one for one in findings if one.score >= _OPERATING_POINT and one.kind != unknown.KIND]
    return None if outcome.failed else sure


def _without(found: Iterable[Finding], redactor: Redactor, at: int, part: Value) -> Value | str:
    """Return a name or value that begins at `at` with placeholders for what was found in it."""
    here = [replace(one, start=one.start - at, end=one.end - at) for one in found]
    redacted = redactor.redact(Segment("metadata", Channel.USER, str(part)), here)
    return redacted.text if redacted.placeholders else part


@cache
def _engine() -> Engine:
    return Engine(each for each in engine().detectors if each.name in _DETECTORS)
