"""The story of one guard call, from texts to a recorded decision. Pages and API tell the same one."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.key_notices import tell_of_leaks
from audit.idempotency import AnswerRow
from audit.reasons import Reason
from audit.record import DecisionRow
from audit.recorder import record_all_durably
from promptguard.announcing import announce, event_for
from promptguard.answer import answer
from promptguard.call import Call
from promptguard.engine import directory, engine
from promptguard.findings import Category, Finding, Prompt, Report, Segment, View
from promptguard.labels import recordable
from promptguard.normalise.decoding import BoundExceeded
from promptguard.normalise.views import normalise
from promptguard.schemas import MOST_CHARACTERS, GuardDecision, GuardRequest
from promptguard.segments import TooMuch, segments_of
from promptguard.verdict import Verdict, judge
from tenants.permissions import Permission
from tenants.signature import derive
from tenants.webhooks.kinds import WebhookEvent

POLICY_DETECTOR, POLICY_DETECTOR_VERSION = "tenant_policy", "1"


@dataclass(frozen=True, slots=True)
class Weighed:
    """A decision that is made and not yet recorded: nobody may be told of it before `settle`."""

    decision: GuardDecision
    row: DecisionRow
    leaked: tuple[str, ...]
    told_as: WebhookEvent | None


def check(call: Call, body: GuardRequest) -> GuardDecision:
    """Check the texts of `body` and record the decision; raises `TooMuch` for what is beyond the stated bounds."""
    weighed = weigh(call, body)
    settle([weighed])
    return weighed.decision


def weigh(call: Call, body: GuardRequest) -> Weighed:
    """Decide on the texts of `body`; raises `TooMuch` for what is beyond the stated bounds."""
    segments = segments_of(body)  # 1 the texts, each with its channel
    total = _bounded(segments)
    views = _normalised(segments)  # 2 undo what hides them
    call.lap("normalise")
    directory().refresh()
    prompt = Prompt(segments, views, call.org_id, scored="scores" in body.returns)
    outcome = engine().run(prompt, call.policy.own.detectors())  # 3 detect
    call.lap("detect")
    foreign = _foreign_documents(body, call.org_id)  # 4 what no text can talk its way around
    verdict = judge((*outcome.reports, foreign), call.policy.rules)  # 5 findings and policy make an action
    call.lap("verdict")
    decision = answer(call, body, segments, outcome, verdict, total)
    row = _row(call, body, segments, decision, verdict)
    return Weighed(decision, row, tuple(_own_keys(segments, outcome.reports)), event_for(call, decision))


def settle(weighed: Sequence[Weighed], kept: AnswerRow | None = None) -> None:
    """Record decisions of one request, with the answer that is to be kept: on disk before anything is answered."""
    record_all_durably([one.row for one in weighed], kept)
    for one in weighed:
        tell_of_leaks(one.leaked)  # a key of ours in a text: its keepers hear of it
        if one.told_as is not None:
            announce(one.told_as, one.row)


def _bounded(segments: tuple[Segment, ...]) -> int:
    total = sum(len(segment.text) for segment in segments)
    if total > MOST_CHARACTERS:
        raise TooMuch("#", f"All texts together may have {MOST_CHARACTERS:,} characters; these have {total:,}.")
    return total


def _normalised(segments: tuple[Segment, ...]) -> tuple[View, ...]:
    """Return every reading of every text; a text nested or encoded beyond the bounds is refused, never half read."""
    views: list[View] = []
    for segment in segments:
        try:
            views.extend(normalise(segment))
        except BoundExceeded as error:
            raise TooMuch(f"#/{segment.source}", str(error)) from error
    return tuple(views)


def _foreign_documents(body: GuardRequest, org_id: UUID) -> Report:
    """Return a finding for each document that says it belongs to another tenant."""
    findings = tuple(
        Finding(
            source=f"documents[{index}].text",
            start=0,
            end=len(document.text),
            category=Category.CROSS_TENANT,
            kind="foreign_document",
            reason=Reason.TENANT_DOCUMENT,
            detector=POLICY_DETECTOR,
            detector_version=POLICY_DETECTOR_VERSION,
        )
        for index, document in enumerate(body.documents)
        if document.org_id is not None and document.org_id != org_id
    )
    return Report(findings, {Category.CROSS_TENANT.value: 1.0} if findings else {})


def _own_keys(segments: tuple[Segment, ...], reports: Iterable[Report]) -> Iterator[str]:
    """Yield what was found where a key of ours stands in the open, whatever the policy makes of it."""
    texts = {segment.source: segment.text for segment in segments}
    for found in (found for report in reports for found in report.findings):
        if found.reason is Reason.SECRET_OWN_KEY:
            yield texts[found.source][found.start : found.end]


def _row(
    call: Call, body: GuardRequest, segments: tuple[Segment, ...], decision: GuardDecision, verdict: Verdict
) -> DecisionRow:
    principal = call.principal
    return DecisionRow(
        id=call.decision_id,
        org_id=call.org_id,
        principal_kind=principal.kind.value,
        principal_id=principal.id,
        principal_label=principal.label[:120],
        environment=principal.environment,
        request_id=call.request_id,
        permission=Permission.GUARD_CHECK.value,
        resource="guard",
        action=decision.action,
        mode=body.mode,
        reason_codes=[Reason(code) for code in decision.reason_codes],
        policy_version=call.policy.version,
        input_hash=input_hash(call.org_id, segments),
        findings=_counts(verdict),
        timings=call.timings,
        detail={
            "rules": list(call.allowed.rules),
            "authorization": call.allowed.policy_version,
            "spans": [_trace(item.finding, item.action.value) for item in verdict.judged[:200]],
            "scores": {name: round(score, 4) for name, score in verdict.scores.items()},
            "detectors": {run.name: run.version for run in decision.detectors},
            "direction": body.direction,
            "characters": decision.coverage.chars_total,
            "metadata": recordable(body.metadata, call.policy.own.detectors()),
        },
    )


def _counts(verdict: Verdict) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for item in verdict.judged:
        counted.setdefault(item.finding.category.value, Counter())[item.finding.kind] += 1
    return {category: dict(kinds) for category, kinds in counted.items()}


def _trace(finding: Finding, action: str) -> list[str | int | float]:
    """Return where something was found and why, without the text itself; the names in a tool are texts too."""
    tool, inside, _ = finding.source.partition("].")
    return [
        f"{tool}]" if inside and tool.startswith("tools[") else finding.source,
        finding.start,
        finding.end,
        finding.category.value,
        finding.kind,
        finding.reason.value,
        finding.detector,
        round(finding.score, 4),
        action,
    ]


def input_hash(org_id: UUID, segments: tuple[Segment, ...]) -> str:
    """Return the HMAC of the texts under the tenant's own key, in hex: equal inputs show, texts cannot be guessed."""
    mac = hmac.new(derive("audit.input", org_id.bytes), digestmod=hashlib.sha256)
    for segment in segments:
        mac.update(f"{segment.source}\0{segment.channel}\0{len(segment.text)}\0".encode())
        mac.update(segment.text.encode("utf-8", "surrogatepass"))
    return mac.hexdigest()
