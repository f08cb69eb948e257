"""From a request's body to the texts in it, each with its path and its channel."""

from collections.abc import Iterator
from typing import Any

from promptguard.findings import Channel, Segment
from promptguard.schemas import Document, GuardRequest, Message

_ROLES = {
    "system": Channel.SYSTEM,
    "developer": Channel.SYSTEM,
    "user": Channel.USER,
    "assistant": Channel.ASSISTANT,
    "tool": Channel.TOOL,
    "function": Channel.TOOL,
}
DEEPEST_TOOL = 16
MOST_TOOL_STRINGS = 2_000


class TooMuch(Exception):
    """The body is within its size but not within another bound; `pointer` says where."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


def segments_of(body: GuardRequest) -> tuple[Segment, ...]:
    """Return every text of the request in the order of the body; empty ones too: they are part of what was sent."""
    found = [*_inputs(body), *_messages(body), *_documents(body.documents)]
    for index, tool in enumerate(body.tools):
        found.extend(Segment(source, Channel.DOCUMENT, text) for source, text in strings_in(tool, f"tools[{index}]"))
        if len(found) > MOST_TOOL_STRINGS:
            raise TooMuch("#/tools", f"There are more than {MOST_TOOL_STRINGS:,} texts.")
    return tuple(found)


def _inputs(body: GuardRequest) -> Iterator[Segment]:
    channel = Channel.OUTPUT if body.direction == "output" else Channel.USER
    match body.input:
        case str() as text:
            yield Segment("input", channel, text)
        case list() as texts:
            for index, text in enumerate(texts):
                yield Segment(f"input[{index}]", channel, text)


def _messages(body: GuardRequest) -> Iterator[Segment]:
    for index, message in enumerate(body.messages or []):
        channel = _ROLES[message.role]
        if channel is Channel.ASSISTANT and body.direction != "input":
            channel = Channel.OUTPUT
        yield from _message(message, f"messages[{index}]", channel)


def _message(message: Message, source: str, channel: Channel) -> Iterator[Segment]:
    match message.content:
        case str() as text:
            yield Segment(f"{source}.content", channel, text)
        case list() as parts:
            for index, part in enumerate(parts):
                yield Segment(f"{source}.content[{index}].text", channel, part.text)
    for index, call in enumerate(message.tool_calls or []):
        yield Segment(f"{source}.tool_calls[{index}].function.arguments", channel, call.function.arguments)


def _documents(documents: list[Document]) -> Iterator[Segment]:
    for index, document in enumerate(documents):
        yield Segment(f"documents[{index}].text", Channel.DOCUMENT, document.text)


def strings_in(value: Any, source: str, depth: int = 0) -> Iterator[tuple[str, str]]:  # noqa: ANN401 (JSON)
    """Yield every string in a JSON value, keys included, with its path."""
    if depth > DEEPEST_TOOL:
        raise TooMuch("#/tools", f"A tool is nested more than {DEEPEST_TOOL} levels deep.")
    match value:
        case str():
            yield source, value
        case dict():
            for key, inner in value.items():
                yield f"{source}.{key}#key", key
                yield from strings_in(inner, f"{source}.{key}", depth + 1)
        case list():
            for index, inner in enumerate(value):
                yield from strings_in(inner, f"{source}[{index}]", depth + 1)
