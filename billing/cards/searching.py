"""Looking for card numbers in what a caller sent: every string and number of a value, each with its place."""

import re
from collections.abc import Iterator
from typing import Any

from billing.cards.detector import find_pans

Place = tuple[str | int, ...]
"""The names and indexes that lead to a value; a name that is itself meant ends in `KEY`."""
KEY = "#key"
_MADE_BY_US = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}")
"""Random ids and digests: one digest of 64 characters in 3,000 has digits in it that pass for a card's."""


def places_with_pans(value: Any) -> Iterator[Place]:  # noqa: ANN401 (JSON)
    """Yield the place of each string, whole number and name in `value` that holds a card number."""
    yield from (place for place, text in _texts(value) if find_pans(text))


def holds_pan(value: Any) -> bool:  # noqa: ANN401 (JSON)
    """Tell whether a card number stands anywhere in `value`; digests and random ids are none."""
    return any(find_pans(_MADE_BY_US.sub("x", text)) for _, text in _texts(value))


def _texts(value: Any) -> Iterator[tuple[Place, str]]:  # noqa: ANN401 (JSON)
    waiting: list[tuple[Place, Any]] = [((), value)]
    while waiting:
        place, one = waiting.pop()
        match one:
            case str():
                yield place, one
            case int() if not isinstance(one, bool):
                yield place, str(one)
            case dict():
                for name, inner in one.items():
                    yield (*place, KEY), str(name)
                    waiting.append(((*place, str(name)), inner))
            case list() | tuple():
                waiting.extend(((*place, index), inner) for index, inner in enumerate(one))
