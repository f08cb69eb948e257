"""The answer of the guard: a verdict in the shape that ``POST /v1/guard`` documents."""

import time
from typing import Any

from audit.reasons import Reason
from promptguard.call import Call
from promptguard.engine import Outcome
from promptguard.findings import Category, Finding, Segment
from promptguard.policy import Action
from promptguard.redaction import Redacted, Redactor
from promptguard.schemas import Coverage, GuardDecision, GuardRequest, PolicyUsed, RedactedBody, Span, Usage
from promptguard.verdict import Judged, Verdict


def answer(
    call: Call, body: GuardRequest, segments: tuple[Segment, ...], outcome: Outcome, verdict: Verdict, total: int
) -> GuardDecision:
    """Return the decision. A detector that could not answer blocks, whatever the others said."""
    action, reasons = verdict.action, verdict.reasons
    if outcome.failed:
        action, reasons = Action.BLOCK, (Reason.DETECTOR_FAILED, *(r for r in reasons if r is not Reason.CLEAN))
    hit = {item.finding.category for item in verdict.judged}
    without = _redact(segments, verdict) if {"spans", "redacted"} & set(body.returns) else {}
    return GuardDecision(
        id=call.decision_id,
        decision_id=call.decision_id,
        action=action.value,
        mode=body.mode,
        flagged=action is not Action.ALLOW,
        reason_codes=[reason.value for reason in reasons],
        categories={category.value: category in hit for category in Category},
        category_scores=dict(verdict.scores) if "scores" in body.returns else None,
        spans=_spans(verdict, without) if "spans" in body.returns else None,
        redacted=_shaped(body, without) if "redacted" in body.returns else None,
        policy=PolicyUsed(id=call.policy.id, version=call.policy.version),
        detectors=list(outcome.runs),
        coverage=Coverage(chars_total=total, chars_scanned=0 if outcome.failed else total),
        usage=Usage(characters=total, texts=len(segments)),
        created=int(time.time()),
    )


def _redact(segments: tuple[Segment, ...], verdict: Verdict) -> dict[str, Redacted]:
    """Return each text without what was acted on, by its path; a value keeps its placeholder in all of them."""
    by_source: dict[str, list[Finding]] = {}
    for finding in verdict.acted_on():
        by_source.setdefault(finding.source, []).append(finding)
    redactor = Redactor(segment.text for segment in segments)
    return {segment.source: redactor.redact(segment, by_source.get(segment.source, ())) for segment in segments}


def _spans(verdict: Verdict, without: dict[str, Redacted]) -> list[Span]:
    return [_span(item, without[item.finding.source].replacements.get(item.finding)) for item in verdict.judged]


def _span(item: Judged, replacement: str | None) -> Span:
    finding = item.finding
    return Span(
        source=finding.source,
        start=finding.start,
        end=finding.end,
        category=finding.category.value,
        kind=finding.kind,
        action=item.action.value,
        reason_code=finding.reason.value,
        detector=finding.detector,
        detector_version=finding.detector_version,
        score=round(finding.score, 4),
        replacement=replacement,
    )


def _shaped(body: GuardRequest, without: dict[str, Redacted]) -> RedactedBody:
    """Put the redacted texts back into the shape they came in."""
    texts = {source: redacted.text for source, redacted in without.items()}
    documents = [
        {"id": document.id, "text": texts[f"documents[{index}].text"]} for index, document in enumerate(body.documents)
    ]
    given: str | list[str] | None = None
    match body.input:
        case str():
            given = texts["input"]
        case list() as items:
            given = [texts[f"input[{index}]"] for index in range(len(items))]
    messages = [_message(body, index, texts) for index in range(len(body.messages or []))]
    return RedactedBody(input=given, messages=messages or None, documents=documents or None)


def _message(body: GuardRequest, index: int, texts: dict[str, str]) -> dict[str, Any]:
    message = (body.messages or [])[index]
    source = f"messages[{index}]"
    redacted = message.model_dump(exclude_none=True)
    match message.content:
        case str():
            redacted["content"] = texts[f"{source}.content"]
        case list() as parts:
            for at in range(len(parts)):
                redacted["content"][at]["text"] = texts[f"{source}.content[{at}].text"]
    for at in range(len(message.tool_calls or [])):
        redacted["tool_calls"][at]["function"]["arguments"] = texts[f"{source}.tool_calls[{at}].function.arguments"]
    return redacted
