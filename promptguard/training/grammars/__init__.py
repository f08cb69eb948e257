"""Grammars that write training texts: attacks and harmless twins of the same shape, from one seed.

The JSON files hold slots (lists of phrases) and templates; ``{slot}`` stands for one phrase of that slot. Rows are made
anew at each training, so that only the grammar is kept.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from promptguard.findings import Channel
from promptguard.training.examples import Example

_HERE = Path(__file__).parent
_SLOT = re.compile(r"\{([a-z]+)\}")
_CHANNELS = {"document": Channel.DOCUMENT, "tool_output": Channel.TOOL}
Slots = Mapping[str, Sequence[str]]


def grammar(name: str) -> Any:  # noqa: ANN401  (any JSON value)
    """Return the content of one grammar file."""
    return json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))


def expand(template: str, slots: Slots, rng: random.Random) -> str:
    """Return `template` with each ``{slot}`` replaced by a random phrase, which may hold slots itself."""
    return _SLOT.sub(lambda slot: expand(rng.choice(slots[slot[1]]), slots, rng), template)


def varied(text: str, rng: random.Random) -> str:
    """Return `text` as people also type it: all small, all capital, with a slip; mostly unchanged."""
    roll = rng.random()
    if roll < 0.12:
        return text.lower()
    if roll < 0.16:
        return text.upper()
    if roll < 0.24 and len(text) > 8:
        place = rng.randrange(1, len(text) - 1)
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:1].upper() + text[1:] if roll < 0.6 else text


def family_examples(seed: int, each: int) -> Iterator[Example]:
    """Yield up to `each` distinct attacks and twins of every family, for the channel the family stands in."""
    slots = grammar("slots")
    for name, family in grammar("families").items():
        channel = _CHANNELS.get(family.get("channel", ""), Channel.USER)
        for side in sorted({"attack", "twin"} & family.keys()):
            rng = random.Random(f"{seed}/{name}/{side}")  # noqa: S311  (reproducible, not secret)
            texts = dict.fromkeys(varied(expand(rng.choice(family[side]), slots, rng), rng) for _ in range(each))
            for text in texts:
                yield _example(text, side == "attack", f"grammar/{name}", channel)


def world_examples(seed: int, each: int) -> Iterator[Example]:
    """Yield up to `each` distinct attacks and twins in every language of the world grammar."""
    for language, phrases in grammar("world").items():
        for side in ("attack", "twin"):
            rng = random.Random(f"{seed}/{language}/{side}")  # noqa: S311
            texts = dict.fromkeys(_world(phrases, side, rng) for _ in range(each))
            for text in texts:
                yield _example(text, side == "attack", "grammar/world", Channel.USER, language)


def _world(phrases: Slots, side: str, rng: random.Random) -> str:
    """Return one or two sentences; an attack may follow a harmless one."""
    said = expand(rng.choice(phrases[side]), phrases, rng)
    return f"{rng.choice(phrases['twin'])} {said}" if rng.random() < 0.5 else said


def pair_examples(seed: int, each: int) -> Iterator[Example]:
    """Yield texts that are attacks, or not, only together with their system prompt."""
    pairs = grammar("pairs")
    for language, phrases in pairs.items():
        if language == "slots":
            continue
        for side in ("attack", "twin"):
            rng = random.Random(f"{seed}/{language}/{side}/pair")  # noqa: S311
            for _ in range(each * (4 if language == "en" else 1)):
                chosen = {name: [rng.choice(values)] for name, values in pairs["slots"].items()}
                said = rng.choice(phrases[side])
                system = expand(rng.choice(_fitting(phrases["system"], said)), chosen, rng)
                text = expand(said, chosen, rng)
                yield _example(text, side == "attack", "grammar/pairs", Channel.USER, language, system)


def _fitting(systems: Sequence[str], said: str) -> list[str]:
    """Return the system prompts that make `said` what it is: a subject needs a bounded bot, the rest a secret."""
    if "{u}" in said or "{t}" in said:
        return [system for system in systems if "{t}" in system or ("{u}" in said and "{u}" in system)]
    return [system for system in systems if "{w}" in system]


def _example(text: str, attack: bool, group: str, channel: Channel, language: str = "en", system: str = "") -> Example:
    return Example(
        text=text,
        attack=attack,
        source="grammar",
        group=group,
        kind=group.removeprefix("grammar/"),
        channel=channel,
        language=language,
        system=system,
        needs_system=bool(system) and attack,
    )
