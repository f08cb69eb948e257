"""Texts for moderation: families of harm of every kind, each with clean twins that share its words and its shape."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptguard.training.grammars.expansion import Slots, expand, varied

_FAMILIES = Path(__file__).parent / "moderation"


@dataclass(frozen=True, slots=True)
class Harm:
    """A text and the moderation kinds it is of; none means clean. `known` are the kinds its label speaks for.

    `group` is what is left out together: its source, and for rows written here the family.
    """

    text: str
    kinds: frozenset[str]
    source: str
    known: frozenset[str]
    group: str


def harm_families() -> tuple[Mapping[str, Mapping[str, Any]], Slots]:
    """Return every family by its name, such as ``hate/implicit``, and the slots of all of them."""
    families, slots = dict[str, Mapping[str, Any]](), dict[str, Sequence[str]]()
    for path in sorted(_FAMILIES.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        slots |= content["slots"]
        families |= {f"{path.stem}/{name}": family for name, family in content.get("families", {}).items()}
    return families, slots


def harm_examples(seed: int, each: int, known: frozenset[str]) -> Iterator[Harm]:
    """Yield up to `each` distinct texts of every family and side; they are sure about all the `known` kinds."""
    families, slots = harm_families()
    for name, family in families.items():
        for side in ("harm", "clean"):
            rng = random.Random(f"{seed}/{name}/{side}")  # noqa: S311  (reproducible, not secret)
            kinds = frozenset(family["kinds"]) if side == "harm" else frozenset[str]()
            sure = kinds if kinds and not family.get("sure", True) else known
            for text in dict.fromkeys(_written(family[side], slots, rng) for _ in range(each)):
                yield Harm(text, kinds, "own families", sure, f"own/{name}")


def _written(templates: Sequence[str], slots: Slots, rng: random.Random) -> str:
    """Return one text: mostly as it is, sometimes as people dress up or disguise what they type."""
    text = varied(expand(rng.choice(templates), slots, rng), rng)
    roll = rng.random()
    if roll < 0.12:
        text = rng.choice(slots["before"]) + text
    if 0.06 < roll < 0.2:
        text += rng.choice(slots["after"])
    if 0.2 < roll < 0.28:
        text = f"{rng.choice(slots['filler'])} {text} {rng.choice(slots['filler'])}"
    return disguised(text, rng) if roll > 0.94 else text


def disguised(text: str, rng: random.Random) -> str:
    """Return `text` in one of the spellings that slip past lists of words: figures, gaps, doubled or lost letters."""
    match rng.randrange(5):
        case 0:
            return text.translate(str.maketrans("aeios", "43105"))
        case 1:
            return text.replace(" ", "")
        case 2:
            return " ".join(text[:60])
        case 3:
            return "".join(letter * 2 if letter.isalpha() and rng.random() < 0.15 else letter for letter in text)
    return "".join(letter for letter in text if letter not in "aeiou" or rng.random() < 0.75)
