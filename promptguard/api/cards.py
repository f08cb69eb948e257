"""Card numbers in a body: one that stands anywhere but in the texts that the guard judges refuses the call."""

import re
from collections.abc import Callable
from functools import reduce
from typing import Any

from pydantic import BaseModel
from pydantic_core import from_json

from billing.cards.detector import masked
from billing.cards.searching import KEY, Place, places_with_pans
from promptguard.schemas import GuardRequest, ModerationRequest
from promptguard.segments import segments_of

_SUSPECT = re.compile(rb"[0-9](?:[ .-]{0,2}[0-9]){12}|[\x80-\xff]|\\u")
"""What a body has in it that holds a card number: a run of digits, or characters that can stand for some."""


def pointers_to_pans(raw: bytes, body: BaseModel) -> list[str]:
    """Return where card numbers stand in a body outside of the texts that are judged, without their digits."""
    if _SUSPECT.search(raw) is None:
        return []
    document, judged = from_json(raw), _judged(body)
    return [_pointer(place) for place in places_with_pans(document) if not judged(place, document)]


def _judged(body: BaseModel) -> Callable[[Place, Any], bool]:
    """Return what tells whether the guard is shown what stands at a place: texts, and the names in a tool."""
    match body:
        case GuardRequest():
            sources = {part.source for part in segments_of(body)}
            return lambda place, document: (
                place[0] == "tools" if place[-1] == KEY else _source(place) in sources and _is_text(place, document)
            )
        case ModerationRequest():
            return lambda place, document: place[0] == "input" and place[-1] != KEY and _is_text(place, document)
        case _:
            return lambda place, document: False


def _is_text(place: Place, document: Any) -> bool:  # noqa: ANN401 (JSON)
    return isinstance(reduce(lambda node, step: node[step], place, document), str)


def _source(place: Place) -> str:
    """Return a place as the guard names its texts: ``messages[1].content``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


def _pointer(place: Place) -> str:
    steps = [masked(str(step)).replace("~", "~0").replace("/", "~1") for step in place if step != KEY]
    return "/".join(["#", *steps])
