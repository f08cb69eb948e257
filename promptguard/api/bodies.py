"""Reading a request's body: bounded, JSON, and checked against its model, with a pointer to what is wrong."""

import json
import re
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from pydantic import BaseModel, ValidationError

from audit.reasons import Reason
from promptguard.api.problems import BAD_REQUEST, TOO_LARGE, UNSUPPORTED, Problem

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes. One million characters of any script, as JSON."""
MOST_ERRORS = 20
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
Body = TypeVar("Body", bound=BaseModel)


def announced(request: HttpRequest) -> None:
    """Refuse by the headers alone what need not be read: a body too large or of another type."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise Problem(TOO_LARGE, f"The body may have {LARGEST_BODY:,} bytes.", (Reason.TOO_LARGE,))
    media = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if request.method == "POST" and media != "application/json":
        raise Problem(UNSUPPORTED, "Send the body as Content-Type: application/json.", (Reason.MALFORMED,))


def parse(raw: bytes, model: type[Body]) -> Body:
    """Return the body as `model`, or raise a `Problem` that points at every member at fault."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise Problem(BAD_REQUEST, _summary(error), (Reason.MALFORMED,), errors=_pointers(error, raw)) from None


def read(request: HttpRequest) -> bytes:
    """Return the body's bytes; more than `LARGEST_BODY` are refused, whatever was announced."""
    try:
        raw: bytes = request.read(LARGEST_BODY + 1)
    except (UnreadablePostError, RequestDataTooBig, OSError) as error:
        raise Problem(BAD_REQUEST, "The body could not be read to its end.", (Reason.MALFORMED,)) from error
    if len(raw) > LARGEST_BODY:
        raise Problem(TOO_LARGE, f"The body may have {LARGEST_BODY:,} bytes.", (Reason.TOO_LARGE,))
    return raw


def _summary(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"] if not _is_branch(part))
    return f"{where or 'body'}: {first['msg']}"


def _pointers(error: ValidationError, raw: bytes) -> list[dict[str, str]]:
    found = []
    for item in error.errors(include_url=False, include_context=False, include_input=False)[:MOST_ERRORS]:
        if item["type"] == "json_invalid":
            return [{"pointer": _surrogate_pointer(raw) or "#", "detail": item["msg"]}]
        pointer = "#" + "".join(f"/{_escaped(part)}" for part in item["loc"] if not _is_branch(part))
        entry = {"pointer": pointer, "detail": item["msg"]}
        if entry not in found:
            found.append(entry)
    return found


def _is_branch(part: Any) -> bool:  # noqa: ANN401 (pydantic's loc holds names and numbers)
    """Tell whether a part of pydantic's location names a branch of a union, not a member of the body."""
    return isinstance(part, str) and ("[" in part or part in {"str", "TextPart", "constrained-str"})


def _escaped(part: Any) -> str:  # noqa: ANN401
    return str(part).replace("~", "~0").replace("/", "~1")  # RFC 6901


def _surrogate_pointer(raw: bytes) -> str:
    """Return the pointer to a string with half a surrogate pair, which JSON parsers report by line only."""
    try:
        return _find_surrogate(json.loads(raw), "#", 0)
    except (ValueError, RecursionError):
        return ""


def _find_surrogate(value: Any, pointer: str, depth: int) -> str:  # noqa: ANN401 (JSON)
    if isinstance(value, str):
        return pointer if _LONE_SURROGATE.search(value) else ""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if depth < 50:
        for name, inner in children:
            if isinstance(name, str) and _LONE_SURROGATE.search(name):
                return pointer
            if found := _find_surrogate(inner, f"{pointer}/{_escaped(name)}", depth + 1):
                return found
    return ""
