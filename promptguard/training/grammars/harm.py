"""Texts for moderation: every kind of harm, and clean texts that share its words."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from promptguard.training.grammars import expand, grammar, varied


@dataclass(frozen=True, slots=True)
class Harm:
    """A text and the moderation kinds it is of; none means clean. `known` are the kinds its label speaks for."""

    text: str
    kinds: frozenset[str]
    source: str
    known: frozenset[str]


def harm_examples(seed: int, each: int) -> Iterator[Harm]:
    """Yield `each` texts of every kind and five times as many clean ones; they are sure about every kind."""
    content = grammar("moderation")
    known = frozenset(content["kinds"])
    sides = [(kind, templates, each) for kind, templates in content["kinds"].items()]
    for kind, templates, count in [*sides, ("", content["clean"], 5 * each)]:
        rng = random.Random(f"{seed}/{kind}")  # noqa: S311  (reproducible, not secret)
        kinds = frozenset({kind, kind.split("/")[0]} - {""})
        for _ in range(count):
            yield Harm(varied(expand(rng.choice(templates), content["slots"], rng), rng), kinds, "grammar", known)
