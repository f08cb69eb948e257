"""``Idempotency-Key``: a call that is sent again is answered as it was, and has its effect once.

The key is a string of draft-ietf-httpapi-idempotency-key-header (quoted, RFC 9651) or the same characters bare, as
Stripe's. It counts for one principal and one operation; `audit.idempotency` keeps the answers. What had no effect is
not kept: a refusal or a bad body may be mended and sent again under the same key.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import orjson
from django.db import DatabaseError
from django.http import HttpRequest

from audit.idempotency import (
    AlreadyAnswered,
    AnswerRow,
    InFlight,
    KeyedCall,
    OtherRequest,
    answer_row,
    claim,
    kept,
    release,
)
from promptguard.api.operations import Caller, Operation
from promptguard.api.problems import BAD_REQUEST, IN_FLIGHT, KEY_REUSED, Answer, Problem
from tenants.signature import derivations

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST_KEY = 255
RETRY_AFTER = "1"
_BARE = re.compile(r"[\x20\x21\x23-\x7e][\x20-\x7e]*", re.ASCII)
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"', re.ASCII)
_ESCAPED = re.compile(r'\\(["\\])')
Perform = Callable[[Callable[[Answer], AnswerRow]], Answer]


def key_of(request: HttpRequest, needed: bool = False) -> str | None:
    """Return the key that the caller gave, if any; one that is bad, or `needed` and missing, is a `Problem`."""
    given = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if given is None and not needed:
        return None
    text = (given or "").strip()
    quoted = _QUOTED.fullmatch(text)
    key = _ESCAPED.sub(r"\1", quoted[1]) if quoted else text if _BARE.fullmatch(text) else ""
    if not 1 <= len(key) <= LONGEST_KEY:
        detail = f"Give 1 to {LONGEST_KEY} printable ASCII characters, bare or as a quoted string."
        raise Problem(BAD_REQUEST, f"{HEADER}: {detail}", errors=[{"pointer": HEADER, "detail": detail}])
    return key


def once(caller: Caller, operation: Operation, key: str, raw: bytes, perform: Perform) -> Answer:
    """Answer with what is kept under `key`, or perform the operation and keep its answer with its effect.

    `perform` is given the function that makes the row to keep; it must write that row together with the effect.
    """
    call = _call(caller, operation, key, raw)
    try:
        answered = claim(call)
        return _replayed(answered) if answered is not None else _performed(call, perform)
    except InFlight:
        detail = f"A request with this {HEADER} is being answered. Send it again in a moment."
        raise Problem(IN_FLIGHT, detail, headers={"Retry-After": RETRY_AFTER}) from None
    except OtherRequest:
        detail = f"This {HEADER} was used for another request. Give each request a key of its own."
        raise Problem(KEY_REUSED, detail, errors=[{"pointer": HEADER, "detail": detail}]) from None


def _performed(call: KeyedCall, perform: Perform) -> Answer:
    try:
        return perform(lambda answer: answer_row(call, _packed(answer)))
    except AlreadyAnswered:
        return _replayed(kept(call))
    except BaseException:
        with suppress(DatabaseError):  # what went wrong is told, and the claim runs out by itself
            release(call)
        raise


def _call(caller: Caller, operation: Operation, key: str, raw: bytes) -> KeyedCall:
    principal, org_id = caller.credential.principal, caller.credential.org_id
    route = f"{principal.kind}:{principal.id}\0{operation.method} {operation.path}\0{key}"
    name = hashlib.sha256(org_id.bytes + route.encode()).digest()
    fingerprint = hashlib.sha256(
        f"{operation.method}\0{caller.request.path_info}\0".encode() + _canonical(raw)
    ).digest()
    return KeyedCall(UUID(bytes=name[:16]), org_id, tuple(derivations("idempotency", org_id.bytes + fingerprint)))


def _canonical(raw: bytes) -> bytes:
    """Return JSON without what makes no difference: the order of names, white space, escapes."""
    read = json.loads(raw, parse_int=_as_written, parse_float=_as_written) if raw else None
    return json.dumps(read, sort_keys=True, separators=(",", ":")).encode()


def _as_written(number: str) -> str:
    """Return a number, however large, as text that no string of a valid body equals: it begins with half a pair."""
    return f"\ud800{number}"


def _packed(answer: Answer) -> bytes:
    facts = orjson.dumps({"status": answer.status, "headers": dict(answer.headers)})
    return zlib.compress(facts + b"\n" + answer.body, level=1)


def _replayed(packed: bytes) -> Answer:
    facts, _, body = zlib.decompress(packed).partition(b"\n")
    read = orjson.loads(facts)
    return Answer(body, read["status"], {**read["headers"], REPLAYED: "true"})
