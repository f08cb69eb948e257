"""Reading a request's body: bounded, strict JSON, and checked against its model, with a pointer to what is wrong."""

import json
from typing import Any, NoReturn, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from pydantic import BaseModel, ValidationError

from audit.reasons import Reason
from promptguard.api import faults
from promptguard.api.problems import BAD_REQUEST, LENGTH_REQUIRED, TOO_LARGE, UNSUPPORTED, Kind, Problem

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes. One million characters of any script, as JSON."""
MOST_VALUES = 20_000
"""Members and items of a body. More are refused before they are parsed, which would take longer than refusing may."""
MOST_ERRORS = 20
Body = TypeVar("Body", bound=BaseModel)


class _Loose(Exception):
    """The body is what only lenient parsers take for JSON."""


def announced(request: HttpRequest) -> None:
    """Refuse by the headers alone what need not be read: a body too large, encoded, or of another type."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise _too_large(f"The body may have {LARGEST_BODY:,} bytes.")
    if request.method == "POST":
        _announced_as_json(request)


def _announced_as_json(request: HttpRequest) -> None:
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        raise _header_fault(LENGTH_REQUIRED, "Content-Length", "Send the body whole, and say its length.")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        raise _header_fault(UNSUPPORTED, "Content-Encoding", "Send the body as it is.", {"Accept-Encoding": "identity"})
    media = request.META.get("CONTENT_TYPE", "")
    if media != "application/json" and not _is_utf8_json(media):
        raise _header_fault(UNSUPPORTED, "Content-Type", "Send the body as application/json, in UTF-8.")


def _is_utf8_json(media: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in media.split(";"))
    charsets = [part.removeprefix("charset=").strip('"') for part in parameters if part.startswith("charset=")]
    return kind == "application/json" and all(charset in {"utf-8", "utf8"} for charset in charsets)


def read(request: HttpRequest) -> bytes:
    """Return the body's bytes; more than `LARGEST_BODY` are refused, and fewer than were announced."""
    try:
        raw: bytes = request.read(LARGEST_BODY + 1)
    except (UnreadablePostError, RequestDataTooBig, OSError) as error:
        raise _cut_short() from error
    if len(raw) > LARGEST_BODY:
        raise _too_large(f"The body may have {LARGEST_BODY:,} bytes.")
    if len(raw) < int(request.META.get("CONTENT_LENGTH") or 0):
        raise _cut_short()
    return raw


def parse(raw: bytes, model: type[Body]) -> Body:
    """Return the body as `model`, or raise a `Problem` that points at every member at fault."""
    if values_in(raw) > MOST_VALUES:
        raise _crowded(raw)
    try:
        body = model.model_validate_json(raw)
        _STRICT.decode(raw.decode())
    except ValidationError as error:
        raise _invalid(_faults(error, raw)) from None
    except _Loose:
        raise _invalid([faults.loose(raw)]) from None
    return body


def values_in(raw: bytes) -> int:
    """Return how many members and items a body has, or a few more than that: exact where it is near the bound."""
    most = raw.count(b",") + raw.count(b"{") + raw.count(b"[")
    if most <= MOST_VALUES:
        return most
    plain = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    strings = plain.count(b'"') // 2
    if strings > 2 * MOST_VALUES:
        return strings
    outside = b"".join(plain.split(b'"')[::2])
    return outside.count(b",") + outside.count(b"{") + outside.count(b"[")


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise _Loose


def _not_json(constant: str) -> NoReturn:
    raise _Loose(constant)


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_not_json)


def _crowded(raw: bytes) -> Problem:
    try:
        pointer = faults.crowded(raw, MOST_VALUES)
    except ValueError as error:
        return _invalid([{"pointer": "#", "detail": f"Invalid JSON: {error}"}])
    return _too_large(f"The body may have {MOST_VALUES:,} members and items in all.", pointer)


def _cut_short() -> Problem:
    detail = "The body could not be read to its end."
    return Problem(BAD_REQUEST, detail, (Reason.MALFORMED,), [{"pointer": "#", "detail": detail}])


def _too_large(detail: str, pointer: str = "#") -> Problem:
    return Problem(TOO_LARGE, detail, (Reason.TOO_LARGE,), [{"pointer": pointer, "detail": detail}])


def _header_fault(kind: Kind, name: str, detail: str, headers: dict[str, str] | None = None) -> Problem:
    faulty = [{"pointer": name, "detail": detail}]
    return Problem(kind, f"{name}: {detail}", (Reason.MALFORMED,), faulty, headers=headers)


def _invalid(found: list[faults.Fault]) -> Problem:
    first = found[0]
    where = first["pointer"].removeprefix("#/").removeprefix("#").replace("/", ".") or "body"
    return Problem(BAD_REQUEST, f"{where}: {first['detail']}", (Reason.MALFORMED,), errors=found)


def _faults(error: ValidationError, raw: bytes) -> list[faults.Fault]:
    """Return each fault with its pointer; where a branch of a union got further, what the others said is left out."""
    items = error.errors(include_url=False, include_context=False, include_input=False)[:MOST_ERRORS]
    if items[0]["type"] == "json_invalid":
        return [{"pointer": faults.surrogate(raw) or "#", "detail": items[0]["msg"]}]
    document = faults.read_leniently(raw)
    found: list[faults.Fault] = []
    for item in items:
        entry = {
            "pointer": faults.located(item["loc"], document, item["type"] == "missing"),
            "detail": item["msg"].removeprefix("Value error, "),
        }
        if entry not in found:
            found.append(entry)
    return [one for one in found if not any(other["pointer"].startswith(f"{one['pointer']}/") for other in found)]
