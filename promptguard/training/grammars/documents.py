"""Documents and tool results with a sentence slipped in: an order to the model, or one that people write to people.

A carrier is a kind of document (mail, table, log, recipe); every order can stand in every carrier, at its start, in
its middle or at its end, and the harmless sentence of a twin stands where the order of an attack would.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promptguard.findings import Channel
from promptguard.training.examples import Example
from promptguard.training.grammars.expansion import Slots, expand, grammar, varied

MOST_LINES = 9  # of a carrier between its head and its tail
FOREIGN = 0.12  # share of orders in another language
_HIDDEN = "<!-- @ -->"


@dataclass(frozen=True, slots=True)
class Sentences:
    """The grammar of what is slipped in, and what the documents around it are made of."""

    sides: Mapping[str, Mapping[str, Sequence[str]]]
    carriers: Mapping[str, Mapping[str, Any]]
    tools: Sequence[str]
    asking: Sequence[str]  # carriers in which people ask each other things: an order must be addressed to the model
    slots: Slots
    around: Slots
    world: Mapping[str, Slots]


def document_examples(seed: int, each: int) -> Iterator[Example]:
    """Yield up to `each` attacks and twins for every kind of order, in carriers of all kinds."""
    found = _sentences()
    for kind in found.sides["attack"]:
        if kind == "call":
            continue
        for side in ("attack", "twin"):
            rng = random.Random(f"{seed}/{kind}/{side}/document")  # noqa: S311  (reproducible, not secret)
            for _ in range(each):
                yield _document(found, kind, side, rng)


def _sentences() -> Sentences:
    injected, carriers = grammar("injected"), grammar("carriers")
    slots = {**grammar("slots"), **grammar("slots_wide"), **injected["slots"]}
    return Sentences(
        {side: injected[side] for side in ("attack", "twin")},
        carriers["carriers"],
        carriers["tools"],
        carriers["asking"],
        slots,
        carriers["slots"],
        grammar("world"),
    )


def _document(found: Sentences, kind: str, side: str, rng: random.Random) -> Example:
    if side == "twin":
        kind_of_twin = rng.choice([one for one in found.sides["twin"] if one != "call"])
        carrier = "lesson" if kind_of_twin == "class" else rng.choice(list(found.carriers))
    else:
        kind_of_twin, carrier = kind, rng.choice(list(found.carriers))
    said, language = _said(found, kind_of_twin, side, carrier, rng)
    text, slipped = _around(found, carrier, said, rng)
    tool = rng.random() < (0.6 if carrier in found.tools else 0.2)
    return Example(
        text=text,
        attack=side == "attack",
        source="grammar",
        group=f"grammar/document_{kind}",
        kind=f"document_{kind}",
        channel=Channel.TOOL if tool else Channel.DOCUMENT,
        language=language,
        injected=slipped,
    )


def _said(found: Sentences, kind: str, side: str, carrier: str, rng: random.Random) -> tuple[str, str]:
    """Return what is slipped in, and its language."""
    if rng.random() < FOREIGN:
        language = rng.choice(list(found.world))
        return expand(rng.choice(found.world[language][side]), found.world[language], rng), language
    calls = [one for one in found.sides[side]["call"] if one or side == "twin" or carrier not in found.asking]
    said = expand(rng.choice(calls) + rng.choice(found.sides[side][kind]), found.slots, rng)
    if side == "twin" and rng.random() < 0.4:
        said += " " + expand(rng.choice(found.sides[side][kind]), found.slots, rng)
    return varied(said, rng), "en"


def _around(found: Sentences, name: str, said: str, rng: random.Random) -> tuple[str, str]:
    """Return a document of one kind with `said` in it, and `said` as it stands there."""
    carrier = found.carriers[name]
    wrap = expand(rng.choice([*carrier.get("wrap", ["@"] * 6), _HIDDEN]), found.around, rng)
    slipped = said if wrap == "@" else said.replace('"', "'").replace("\n", " ")
    body = (expand(rng.choice(carrier["body"]), found.around, rng) for _ in range(rng.randint(1, MOST_LINES)))
    lines = [expand(rng.choice(carrier["head"]), found.around, rng), *dict.fromkeys(body)]
    lines.append(expand(rng.choice(carrier["tail"]), found.around, rng))
    place = rng.choice([0, len(lines), rng.randint(1, len(lines) - 1), rng.randint(1, len(lines) - 1)])
    lines.insert(place, wrap.replace("@", slipped))
    return carrier["join"].join(line for line in lines if line), slipped
