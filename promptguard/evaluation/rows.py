"""The lines of an evaluation file: one JSON object each, checked before anything is measured."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from promptguard.findings import Channel
from promptguard.schemas import MOST_CHARACTERS

MOST_ROWS = 200_000
LONGEST_LINE = 8_000_000  # characters: the longest text, escaped, with its system prompt
_CHANNELS = {channel.value: channel for channel in Channel} | {"tool_output": Channel.TOOL}


class BadRow(Exception):
    """A line that cannot be used; the message starts with its number."""


@dataclass(frozen=True, slots=True)
class Span:
    """A marked [start, end) of the text, and what kind of thing it is."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One text with its truth. `label` is whether it should be flagged."""

    text: str
    label: bool
    category: str = ""
    channel: Channel = Channel.USER
    system: str = ""
    source: str = ""
    spans: tuple[Span, ...] | None = None


def lines_of(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file, none read further than it may be long; a longer one comes cut and is refused."""
    return iter(lambda: file.readline(LONGEST_LINE + 1), "")


def read(lines: Iterable[str]) -> Iterator[Row]:
    """Yield a row for each line that is not blank; raises `BadRow` at the first that is not right or too much."""
    for number, line in enumerate(lines, start=1):
        if number > MOST_ROWS:
            raise BadRow(f"line {number}: a file may have {MOST_ROWS:,} lines")
        if len(line) > LONGEST_LINE:
            raise BadRow(f"line {number}: a line may have {LONGEST_LINE:,} characters")
        if line.strip():
            try:
                yield _row(json.loads(line))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise BadRow(f"line {number}: {_said(error)}") from error


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at column {error.colno}"
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)


def _row(value: dict[str, Any]) -> Row:
    if not isinstance(value, dict):
        raise TypeError("not a JSON object")
    text, label = value["text"], value["label"]
    if not isinstance(text, str):
        raise TypeError("text must be a string")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"text may have {MOST_CHARACTERS:,} characters")
    if label not in (0, 1):
        raise ValueError("label must be 0 or 1, or false or true")
    return Row(
        text=text,
        label=bool(label),
        category=_string(value, "category"),
        channel=_channel(_string(value, "channel")),
        system=_string(value, "system"),
        source=_string(value, "source"),
        spans=_spans(value.get("spans"), text),
    )


def _string(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise TypeError(f"{name} must be a string")
    return found or ""


def _channel(name: str) -> Channel:
    if name and name not in _CHANNELS:
        raise ValueError(f"channel must be one of {', '.join(sorted(_CHANNELS))}")
    return _CHANNELS[name] if name else Channel.USER


def _spans(value: Any, text: str) -> tuple[Span, ...] | None:  # noqa: ANN401  (straight from JSON)
    if value is not None and not isinstance(value, list):
        raise TypeError("spans must be a list")
    return None if value is None else tuple(_span(span, text) for span in value)


def _span(value: Any, text: str) -> Span:  # noqa: ANN401  (straight from JSON)
    """Read ``[start, end, kind]`` or an object with those names."""
    parts = [value.get("start"), value.get("end"), value.get("kind")] if isinstance(value, dict) else value
    match parts:
        case [int(start), int(end), str(kind)] if 0 <= start < end <= len(text):
            return Span(start, end, kind)
    raise ValueError("a span must be [start, end, kind] within the text")
