"""``POST /v1/moderations`` in OpenAI's shape, so that its SDKs work unchanged."""

from typing import Any

import orjson
from pydantic import BaseModel

from billing.ledger.charging import released_on_failure
from billing.ledger.prices import GUARD_MODEL
from promptguard.api.budgets import charged
from promptguard.api.operations import Caller, operation
from promptguard.api.problems import Answer
from promptguard.api.views.guard import decision_headers, new_call
from promptguard.call import Call
from promptguard.findings import Category
from promptguard.pipeline import Weighed, weigh
from promptguard.schemas import GuardDecision, GuardRequest, ModerationRequest, TextPart
from tenants.permissions import Permission

OPENAI_CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
OURS = tuple(category.value for category in Category if category is not Category.MODERATION)


class ModerationResult(BaseModel):
    """What was found in one input: OpenAI's members, and the decision that was recorded on it."""

    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, list[str]]
    decision_id: str
    action: str
    reason_codes: list[str]


class ModerationAnswer(BaseModel):
    """The answer of ``POST /v1/moderations``; `id` is the first result's decision."""

    id: str
    model: str
    results: list[ModerationResult]


@operation(
    "POST",
    "/v1/moderations",
    Permission.GUARD_CHECK,
    summary="Classify texts, in OpenAI's format",
    body=ModerationRequest,
    answer=ModerationAnswer,
)
def moderations(caller: Caller, body: ModerationRequest) -> Answer:
    """Check each input as a decision of its own; the first one's id is the answer's and the header's."""
    given = body.input if isinstance(body.input, list) else [body.input]
    texts = [item.text if isinstance(item, TextPart) else item for item in given]
    calls = [new_call(caller) for _ in texts]
    charge = charged(caller, calls[0], texts)
    with released_on_failure(charge):
        weighed = tuple(_weighed(call, text) for call, text in zip(calls, texts, strict=True))
    decisions = [one.decision for one in weighed]
    answer = {
        "id": decisions[0].decision_id,
        "model": GUARD_MODEL,
        "results": [_result(decision) for decision in decisions],
    }
    return Answer(orjson.dumps(answer), headers=decision_headers(decisions[0], charge), weighed=weighed, charge=charge)


def _weighed(call: Call, text: str) -> Weighed:
    request = GuardRequest.model_validate({"input": text, "return": ["scores", "spans"]})
    return weigh(call, request)


def _result(decision: GuardDecision) -> dict[str, Any]:
    scores = decision.category_scores or {}
    kinds = {span.kind for span in decision.spans or []}
    categories = {name: name in kinds for name in OPENAI_CATEGORIES}
    categories |= {name: decision.categories[name] for name in OURS}
    return {
        "flagged": decision.flagged,
        "categories": categories,
        "category_scores": {name: scores.get(name, 0.0) for name in categories},
        "category_applied_input_types": {name: ["text"] for name in categories},
        "decision_id": decision.decision_id,
        "action": decision.action,
        "reason_codes": decision.reason_codes,
    }
