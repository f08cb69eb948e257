"""A dispute at Stripe: read, staged and answered. Nothing else updates one: `test_nothing_else_updates_a_dispute`.

`stripe` sends a submission unless it is told not to, so `answer` has no default for it.
"""

import io
from collections.abc import Mapping
from typing import Any

import orjson

from billing.evidence import store
from billing.evidence.fields import ENHANCED, LABELS
from billing.evidence.models import EvidencePack
from billing.processor.client import as_json, client

_ENHANCED_FILE = "enhanced.json"
OURS = tuple(name for name in LABELS if name != ENHANCED)
"""The fields that a pack fills or empties; others that Stripe fills itself stay as they are."""


def dispute(stripe_id: str) -> dict[str, Any]:
    """Return a dispute as it stands; raises what the SDK raises."""
    found: dict[str, Any] = as_json(client().v1.disputes.retrieve(stripe_id))
    return found


def answer(params: dict[str, Any], key: str, *, submit: bool) -> Any:  # noqa: ANN401 (an object of the SDK)
    """Stage the evidence, or submit it, which is possible once. `params` holds dispute, evidence and submit."""
    if params["submit"] is not submit:
        raise ValueError("The parameters say something else about submitting than the caller.")
    asked = {"evidence": params["evidence"], "submit": submit}
    return client().v1.disputes.update(params["dispute"], asked, {"idempotency_key": key})  # type: ignore[arg-type]  # JSON


def upload(content: io.BytesIO, params: dict[str, Any], key: str) -> Any:  # noqa: ANN401 (an object of the SDK)
    """Upload a file as evidence."""
    content.seek(0)
    content.name = f"{params['field']}.pdf"
    asked: Any = {"purpose": params["purpose"], "file": content}
    return client().v1.files.create(asked, {"idempotency_key": key})


def fields_of(pack: EvidencePack, files: Mapping[str, str]) -> dict[str, Any]:
    """Return the evidence of a pack as Stripe takes it; what only an earlier pack staged is emptied."""
    named = {entry["field"]: entry["name"] for entry in pack.manifest["texts"]}
    if any(entry["name"] == _ENHANCED_FILE for entry in pack.manifest["others"]):
        named[ENHANCED] = _ENHANCED_FILE
    held = store.members(pack, named.values())
    texts = {field: held[name].decode() for field, name in named.items()}
    evidence: dict[str, Any] = {name: "" for name in OURS} | texts | dict(files)
    return evidence | ({ENHANCED: orjson.loads(evidence[ENHANCED])} if ENHANCED in evidence else {})


def differences(found: Mapping[str, Any], evidence: Mapping[str, Any], count: int) -> list[str]:
    """Return the fields in which a dispute at Stripe differs from what was staged."""
    held = found["evidence"]
    wrong = [name for name in OURS if _plain(held.get(name)) != evidence[name]]
    if ENHANCED in evidence and not _within(evidence[ENHANCED], held.get(ENHANCED)):
        wrong.append(ENHANCED)
    return wrong + (["submission_count"] if found["evidence_details"]["submission_count"] != count else [])


def _plain(value: object) -> object:
    """Return a field's value: a file may be expanded, an empty one is null."""
    return value.get("id") if isinstance(value, dict) else value or ""


def _within(ours: object, theirs: object) -> bool:
    """Tell whether all that was sent stands in what is held; Stripe adds fields that are null."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(_within(value, theirs.get(name)) for name, value in ours.items())
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(_within, ours, theirs))
    return ours == theirs
