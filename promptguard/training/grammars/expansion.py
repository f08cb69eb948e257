"""How grammars become texts: slots are filled, and texts are varied as people type them."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_SLOT = re.compile(r"\{([a-z]+)\}")
_SWAPS = str.maketrans("aeiost", "@31057")
Slots = Mapping[str, Sequence[str]]


def grammar(name: str) -> Any:  # noqa: ANN401  (any JSON value)
    """Return the content of one grammar file."""
    return json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))


def expand(template: str, slots: Slots, rng: random.Random) -> str:
    """Return `template` with each ``{slot}`` replaced by a random phrase, which may hold slots itself."""
    return _SLOT.sub(lambda slot: expand(rng.choice(slots[slot[1]]), slots, rng), template)


def varied(text: str, rng: random.Random) -> str:
    """Return `text` as people also type it: all small, all capital, with slips; mostly unchanged."""
    roll = rng.random()
    if roll < 0.12:
        return text.lower()
    if roll < 0.16:
        return text.upper()
    if roll < 0.28 and len(text) > 8:
        return _slipped(text, rng)
    return text[:1].upper() + text[1:] if roll < 0.6 else text


def _slipped(text: str, rng: random.Random) -> str:
    """Return `text` with two letters swapped, one left out or doubled, or letters written as signs."""
    roll, place = rng.random(), rng.randrange(1, len(text) - 1)
    if roll < 0.5:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if roll < 0.7:
        return text[:place] + text[place + 1 :]
    if roll < 0.85:
        return text[:place] + text[place] + text[place:]
    words = text.split(" ")
    return " ".join(word.translate(_SWAPS) if rng.random() < 0.3 else word for word in words)
