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
from promptguard.training.grammars.encoded import encoded, encoded_families

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


def _families() -> tuple[dict[str, Any], Slots]:
    """Return every family by name, and the slots that all of them share."""
    families = {**grammar("families"), **grammar("families_wide"), **encoded_families()}
    return families, {**grammar("slots"), **grammar("slots_wide")}


def family_examples(seed: int, each: int) -> Iterator[Example]:
    """Yield up to `each` distinct attacks and twins of every family, for the channel the family stands in."""
    families, slots = _families()
    for name, family in families.items():
        yield from _sides(name, family, slots, seed, each)


def story_examples(seed: int, each: int) -> Iterator[Example]:
    """Yield up to `each` polished stories that smuggle a crime, and as many that tell of something harmless."""
    stories = grammar("stories")
    yield from _sides("polished", stories, stories["slots"], seed, each)


def _sides(name: str, family: Mapping[str, Any], slots: Slots, seed: int, each: int) -> Iterator[Example]:
    channel = _CHANNELS.get(family.get("channel", ""), Channel.USER)
    for side in sorted({"attack", "twin"} & family.keys()):
        rng = random.Random(f"{seed}/{name}/{side}")  # noqa: S311  (reproducible, not secret)
        texts = dict.fromkeys(_said(name, family[side], slots, rng) for _ in range(each))
        for text in texts:
            yield _example(text, side == "attack", f"grammar/{name}", channel)


def _said(name: str, templates: Sequence[str], slots: Slots, rng: random.Random) -> str:
    said = varied(expand(rng.choice(templates), slots, rng), rng)
    return encoded(name, said, rng)


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
            for _ in range(each * (12 if language == "en" else 1)):
                system, text = _pair(phrases, pairs["slots"], side, rng)
                yield _example(text, side == "attack", "grammar/pairs", Channel.USER, language, system)


def _pair(phrases: Slots, slots: Slots, side: str, rng: random.Random) -> tuple[str, str]:
    """Return a system prompt that keeps a secret or bounds the subject, and what a user says to it."""
    bounded = "bound" in phrases and rng.random() < 0.25
    systems, said = ("bound", "over" if side == "attack" else "within") if bounded else ("system", side)
    chosen = {name: [rng.choice(values)] for name, values in {**slots, "secret": phrases["secret"]}.items()}
    system = expand(rng.choice(phrases[systems]), chosen, rng)
    return system, varied(expand(rng.choice(phrases[said]), chosen, rng), rng)


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
