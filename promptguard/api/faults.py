"""Where in a JSON body a fault is: JSON pointers (RFC 6901) for what parsers and pydantic say. For bad bodies only."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic_core import from_json

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_NAME = 100
Fault = dict[str, str]


class _Pairs(list[tuple[str, Any]]):
    """The members of an object as they were written, doubled names included."""


class _Constant(str):
    """NaN or an infinity, which JSON does not have."""


def located(loc: Iterable[int | str], document: Any, missing: bool = False) -> str:  # noqa: ANN401 (JSON)
    """Return the pointer to what pydantic's `loc` names.

    A location also names the branches of unions that were tried; `document` tells which of its parts are members.
    A part that is `missing` from it is the last one.
    """
    parts, node = list(loc), document
    pointer = "#"
    for at, part in enumerate(parts):
        here = part in node if isinstance(node, dict) else isinstance(node, list) and part in range(len(node))
        if here:
            node = node[part]
        if here or (missing and at == len(parts) - 1):
            pointer += f"/{_escaped(part)}"
    return pointer


def read_leniently(raw: bytes) -> Any:  # noqa: ANN401 (JSON)
    """Return a body whose fault is not its syntax; `None` where it is."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def surrogate(raw: bytes) -> str:
    """Return the pointer to a string with half a surrogate pair, which parsers report by line only; or nothing."""
    for pointer, names, value in _walk(read_leniently(raw)):
        if any(_LONE_SURROGATE.search(text) for text in (*names, value) if isinstance(text, str)):
            return pointer
    return ""


def loose(raw: bytes) -> Fault:
    """Return what lenient parsers let pass: a name that stands twice in an object, or a number that is none."""
    document = json.loads(raw, object_pairs_hook=_Pairs, parse_constant=_Constant)
    for pointer, names, value in _walk(document):
        if len(set(names)) != len(names):
            twice = next(name for name, times in Counter(names).items() if times > 1)
            return {"pointer": f"{pointer}/{_escaped(twice)}", "detail": "This name stands twice in its object."}
        if isinstance(value, _Constant):
            return {"pointer": pointer, "detail": f"{value} is no number in JSON."}
    return {"pointer": "#", "detail": "The body is not strict JSON."}


def crowded(raw: bytes, most: int) -> str:
    """Return the pointer to the list or object in which a body comes to have more than `most` members and items.

    Raises `ValueError` if it is no JSON so far.
    """
    low, high = 0, len(raw)
    while low < high:
        middle = (low + high) // 2
        low, high = (
            (low, middle)
            if sum(raw.count(mark, 0, middle) for mark in (b",", b"{", b"[")) > most
            else (middle + 1, high)
        )
    return _fullest(from_json(raw[:low], allow_partial=True))


def _fullest(node: Any) -> str:  # noqa: ANN401 (JSON)
    """Return the pointer to the value with the most members among the last one, the last one in it, and so on."""
    found, most, pointer = "#", 0, "#"
    while isinstance(node, list | dict) and node:
        if len(node) > most:
            found, most = pointer, len(node)
        last: Any = next(reversed(node)) if isinstance(node, dict) else len(node) - 1
        pointer, node = f"{pointer}/{_escaped(last)}", node[last]
    return found


def _walk(document: Any) -> Iterator[tuple[str, list[str], Any]]:  # noqa: ANN401 (JSON)
    """Yield each value with its pointer and the names of its members, in the order of the body."""
    waiting: list[tuple[str, Any]] = [("#", document)]
    while waiting:
        pointer, value = waiting.pop()
        members, names = _members(value)
        yield pointer, names, value
        waiting += [(f"{pointer}/{_escaped(name)}", inner) for name, inner in reversed(members)]


def _members(value: Any) -> tuple[list[tuple[Any, Any]], list[str]]:  # noqa: ANN401 (JSON)
    match value:
        case _Pairs():
            return list(value), [name for name, _ in value]
        case dict():
            return list(value.items()), list(value)
        case list():
            return list(enumerate(value)), []
    return [], []


def _escaped(part: int | str) -> str:
    text = str(part)
    shown = text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"
    return shown.replace("~", "~0").replace("/", "~1")
