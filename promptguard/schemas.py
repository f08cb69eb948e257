"""The bodies of ``/v1``, with their bounds. What is not named here is refused: nothing is silently ignored."""

import math
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

MOST_MESSAGES = 1_000
MOST_DOCUMENTS = 200
MOST_TOOLS = 128
MOST_CHARACTERS = 1_000_000
"""Characters of all texts of a request together; texts are scanned whole, so the bound is on what is accepted."""

Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Identifier = Annotated[str, Field(min_length=1, max_length=200)]


def _storable(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Refuse a number that would be rounded or lost on its way to the record."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise PydanticCustomError("number_too_large", "A whole number has at most 64 bits")
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("number_too_large", "A number has at most 64 bits")
    return value


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError("nul", "A NUL character cannot be kept")
    return value


Label = Annotated[Annotated[str, Field(max_length=500)] | int | float | bool | None, BeforeValidator(_storable)]
"""A value of `metadata`."""


class Strict(BaseModel):
    """A body that names every member it takes."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TextPart(Strict):
    """A text part of a message. Other kinds of parts are refused: what cannot be read cannot be checked."""

    type: Literal["text", "input_text", "output_text"]
    text: Text


class FunctionCall(BaseModel):
    """What the model asked a tool to do; `arguments` is JSON as text."""

    model_config = ConfigDict(extra="ignore", strict=True)

    name: Identifier
    arguments: Text = ""


class ToolCall(BaseModel):
    """One tool call of an assistant message, as in OpenAI's chat format."""

    model_config = ConfigDict(extra="ignore", strict=True)

    function: FunctionCall


class Message(BaseModel):
    """A message in OpenAI's chat format."""

    model_config = ConfigDict(extra="ignore", strict=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | Annotated[list[TextPart], Field(max_length=200)] | None = None
    tool_calls: Annotated[list[ToolCall], Field(max_length=MOST_TOOLS)] | None = None


class Document(Strict):
    """A retrieved text that will stand in the prompt. `org_id` is checked: another tenant's document is refused."""

    id: Identifier
    text: Text
    org_id: Annotated[UUID, Field(strict=False)] | None = None


class GuardRequest(Strict):
    """The body of ``POST /v1/guard``: either `input` or `messages`."""

    input: Annotated[
        Text | Annotated[list[Text], Field(min_length=1, max_length=MOST_MESSAGES)] | None,
        Field(description="The text or texts to check, where there is no conversation."),
    ] = None
    messages: Annotated[
        Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)] | None,
        Field(description="The conversation to check, system prompt included, in OpenAI's chat format."),
    ] = None
    direction: Annotated[
        Literal["input", "output", "both"],
        Field(description="Who wrote it: `output` and `both` check what the model answered by the rules of answers."),
    ] = "input"
    documents: Annotated[
        list[Document],
        Field(max_length=MOST_DOCUMENTS, description="Retrieved texts that will stand in the prompt."),
    ] = Field(default_factory=list)
    tools: Annotated[
        list[dict[str, Any]],
        Field(max_length=MOST_TOOLS, description="The tools that the model is offered; every text in them is checked."),
    ] = Field(default_factory=list)
    policy: Annotated[
        Annotated[str, Field(max_length=64)] | None,
        Field(description="The policy or version that has to be in force; with another one the call is refused."),
    ] = None
    mode: Annotated[
        Literal["enforce", "shadow", "dry_run"],
        Field(description="`shadow` and `dry_run` say what would have been done; you go on as if it were allowed."),
    ] = "enforce"
    returns: Annotated[
        list[Literal["spans", "redacted", "scores"]],
        Field(
            alias="return",
            max_length=3,
            default_factory=list,
            description="What to add: where it was found, the texts without it, the score of each class.",
        ),
    ]
    model: (
        Annotated[
            str,
            Field(
                min_length=1,
                max_length=100,
                pattern=r"^[\x21-\x7e]+$",
                description="The model that the text is for; what its call may cost is held where a budget applies.",
            ),
        ]
        | None
    ) = None
    max_tokens: (
        Annotated[
            int,
            Field(ge=1, le=1_000_000, description="The most tokens that the model may write; 4096 if not said."),
        ]
        | None
    ) = None
    metadata: Annotated[
        dict[Identifier, Label],
        Field(max_length=16, description="Kept with the decision, with placeholders for personal data and secrets."),
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of(self) -> "GuardRequest":
        if (self.input is None) == (self.messages is None):
            raise ValueError("Give either input or messages.")
        if self.max_tokens is not None and self.model is None:
            raise ValueError("The member max_tokens is of a model: name that in model.")
        return self


class ModerationRequest(BaseModel):
    """The body of ``POST /v1/moderations`` in OpenAI's format; text only."""

    model_config = ConfigDict(extra="forbid", strict=True)

    input: Text | Annotated[list[Text | TextPart], Field(min_length=1, max_length=100)]
    model: Annotated[str, Field(max_length=100)] | None = None


class ReportRequest(Strict):
    """The body of ``POST /v1/decisions/{id}/report``: what the decision should have been."""

    expected_action: Literal["allow", "flag", "redact", "quarantine", "block"]
    comment: Annotated[str, Field(max_length=500), AfterValidator(_without_nul)] = ""


class Span(BaseModel):
    """Where something was found: code points of the text at `source`, `end` exclusive."""

    source: str
    start: int
    end: int
    unit: Literal["codepoint"] = "codepoint"
    category: str
    kind: str
    action: str
    reason_code: str
    detector: str
    detector_version: str
    score: float
    replacement: str | None = None


class DetectorRun(BaseModel):
    """A detector that ran. `error` is set where it could not answer; the request was then refused."""

    name: str
    version: str
    ran: bool
    ms: float
    error: str | None = None


class PolicyUsed(BaseModel):
    id: str
    version: str


class Coverage(BaseModel):
    """Characters received and characters that every detector looked at."""

    chars_total: int
    chars_scanned: int


class RedactedBody(BaseModel):
    """The texts with placeholders in the place of what was masked or blocked, in the shape they came in."""

    input: str | list[str] | None = None
    messages: list[dict[str, Any]] | None = None
    documents: list[dict[str, Any]] | None = None


class ReservationMade(BaseModel):
    """What is held for the model's call until it is settled or `expires_at`; then it is charged as it is."""

    id: UUID
    nanos: int
    tokens_in: int
    tokens_out: int
    expires_at: datetime


class Usage(BaseModel):
    """What was checked; where a budget applies also what the guard call itself cost, in 10⁻⁹ USD."""

    characters: int
    texts: int
    nanos: int | None = None
    reservation: ReservationMade | None = None


class SettleRequest(Strict):
    """The body of ``POST /v1/reservations/{id}/settle``: the tokens that the model counted."""

    tokens_in: Annotated[int, Field(ge=0, le=10_000_000)]
    tokens_out: Annotated[int, Field(ge=0, le=10_000_000)]


class TopUpRequest(Strict):
    """The body of ``POST /v1/reservations/{id}/top_up``: how many tokens more the model may write."""

    tokens_out: Annotated[int, Field(ge=1, le=1_000_000)]


class ReleaseRequest(Strict):
    """The body of ``POST /v1/reservations/{id}/release``: an empty object."""


class ReservationAnswer(BaseModel):
    """A reservation as it is now: what it holds while it is `held`, what was charged once it is settled."""

    id: UUID
    object: Literal["reservation"] = "reservation"
    state: Literal["held", "settled", "expired", "released"]
    model: str
    nanos: int
    tokens_in: int
    tokens_out: int
    expires_at: datetime


class GuardDecision(BaseModel):
    """The answer of ``POST /v1/guard``. In shadow and dry-run mode `action` is what would have been done."""

    id: str
    object: Literal["guard.decision"] = "guard.decision"
    decision_id: str
    action: Literal["allow", "flag", "redact", "quarantine", "block"]
    mode: str
    flagged: bool
    reason_codes: list[str]
    categories: dict[str, bool]
    category_scores: dict[str, float] | None = None
    spans: list[Span] | None = None
    redacted: RedactedBody | None = None
    policy: PolicyUsed
    detectors: list[DetectorRun]
    coverage: Coverage
    usage: Usage
    created: int
