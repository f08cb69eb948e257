"""Grammars that write training texts: attacks and harmless twins of the same shape, from one seed.

The JSON files hold slots (lists of phrases) and templates; ``{slot}`` stands for one phrase of that slot. Rows are made
anew at each training, so that only the grammar is kept.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from promptguard.findings import Channel
from promptguard.training.examples import Example
from promptguard.training.grammars.encoded import encoded, encoded_families
from promptguard.training.grammars.expansion import Slots, expand, grammar, varied

_CHANNELS = {"document": Channel.DOCUMENT, "tool_output": Channel.TOOL}


def _families() -> tuple[dict[str, Any], Slots]:
    """Return every family by name, and the slots that all of them share."""
    written = {**grammar("families"), **grammar("families_wide"), **grammar("families_more")}
    return {**written, **encoded_families()}, {**grammar("slots"), **grammar("slots_wide")}


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


def switch_examples(seed: int, each: int) -> Iterator[Example]:
    """Yield up to `each` distinct attacks and twins that mix English with every language of the grammar."""
    switch, world = grammar("switch"), grammar("world")
    english = _families()[1]
    for language, phrases in switch["languages"].items():
        for side, frames in switch["frames"].items():
            rng = random.Random(f"{seed}/{language}/{side}/switch")  # noqa: S311
            texts = dict.fromkeys(_switched(frames, phrases, world.get(language), english, rng) for _ in range(each))
            for text in texts:
                yield _example(text, side == "attack", "grammar/switch", Channel.USER, language)


def _switched(frames: Sequence[str], phrases: Slots, world: Slots | None, english: Slots, rng: random.Random) -> str:
    """Return a frame with phrases of both; whole sentences are to be had of the languages of the world grammar only."""
    slots = {**english, **phrases}
    if world is None:
        frames = [one for one in frames if "{fa}" not in one and "{ft}" not in one]
    else:
        slots |= {"fa": [expand(rng.choice(world["attack"]), world, rng)], "ft": list(world["twin"])}
    return varied(expand(rng.choice(frames), slots, rng), rng)


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


def keeping_prompts(seed: int, each: int) -> Iterator[str]:
    """Yield `each` system prompts that keep a secret, in every language; they do not bound the subject."""
    pairs = grammar("pairs")
    rng = random.Random(f"{seed}/keeping")  # noqa: S311
    for phrases in (said for language, said in pairs.items() if language != "slots"):
        slots = {**pairs["slots"], "secret": phrases["secret"]}
        yield from (expand(rng.choice(phrases["system"]), slots, rng) for _ in range(each))


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
