"""Idempotency keys: the first answer is kept for a day and given again; other parameters are refused."""

import json
from hashlib import sha256
from typing import Any

from billing.sandbox.clock import DAY
from billing.sandbox.faults import invalid, other_parameters
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State

KEPT, LONGEST = DAY, 255
_PLACE = "idempotency"


def fingerprint(path: str, values: dict[str, Any]) -> str:
    """Return a digest of what a request asks for."""
    text = json.dumps([path, values], sort_keys=True, default=lambda data: sha256(data).hexdigest())
    return sha256(text.encode()).hexdigest()


def recalled(state: State, key: str, digest: str) -> Object | None:
    """Return the answer that was given under a key: its ``status``, ``body`` and ``request``."""
    if len(key) > LONGEST:
        raise invalid(f"Idempotency keys have at most {LONGEST} characters.")
    kept: Object | None = state.secrets_of(_PLACE).get(key)
    if kept is None or kept["at"] <= state.now() - KEPT:
        return None
    if kept["digest"] != digest:
        raise other_parameters()
    return kept


def remember(state: State, key: str, digest: str, status: int, body: Object, request: str) -> None:
    """Keep an answer; one that says that the request made no sense is not kept, as Stripe does not."""
    if status in {400, 401, 403, 404}:
        return
    kept = state.secrets_of(_PLACE)
    for old in [name for name, each in kept.items() if each["at"] <= state.now() - KEPT]:
        del kept[old]
    kept[key] = {"at": state.now(), "body": body, "digest": digest, "request": request, "status": status}
