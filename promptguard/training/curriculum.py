"""What the encoder learns from: broad samples of everything, and its own false alarms among what it knows."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tokenizers import Tokenizer

from promptguard.detectors.injection.protected import protected_sentences
from promptguard.detectors.injection.tier2 import prefix_of
from promptguard.findings import Channel
from promptguard.training.encoder import Task, task
from promptguard.training.examples import Example
from promptguard.training.grammars import (
    family_examples,
    keeping_prompts,
    pair_examples,
    story_examples,
    switch_examples,
    world_examples,
)
from promptguard.training.grammars.documents import document_examples

# Rows of one label the encoder trains on. Every source that is not named here is left out: it calibrates and judges.
TRAINED_ON = {
    "S-Labs prompt-injection": 1300,
    "neuralchemy core": 900,
    "teknium1/GPTeacher": 500,
    "yizhongw/self-instruct": 180,
    "own": 0,  # by family, below
}
_FAMILY_ROWS = {"multi": 1100, "pair_b": 500, "fmt": 250, "hard": 300, "advsuffix": 30, "obf_hash": 30}
_PAIR_FAMILY, _FAMILY_ELSE, _OBFUSCATED = 50, 32, 5
LONGEST = 300  # characters of a text; longer ones are cropped around the attack
PAIR_LONGEST = 200
REFINED_PAIRS, REFINED_WORLD, REFINED_REST = 110, 60, 0.5  # rows of a language and side; share of a broad round
BESIDE, BESIDE_PAIRS, BESIDE_REST = 480, 50, 0.06  # texts of a source; rows of a language and side; share as above
MINED_FROM, MINED_GRAMMAR, MINED_DOCUMENTS, MINED = 3000, 14, 40, 500  # harmless rows scored, the worst of them kept
# Of a family, language or kind of order, and side.
GRAMMAR_ROWS, WORLD_ROWS, SWITCH_ROWS, PAIR_ROWS, STORY_ROWS, DOCUMENT_ROWS = 36, 30, 30, 40, 220, 85


def broad_round(examples: Iterable[Example], mined: Iterable[Example], tokenizer: Tokenizer, seed: int) -> list[Task]:
    """Return the tasks of a broad round: a sample of each source, family and grammar, and `mined` false alarms."""
    rng = random.Random(seed)  # noqa: S311  (sampling, not a secret)
    chosen, _ = split(examples, rng)
    return [found for one in (*chosen, *written(seed), *mined) for found in tasks_of(one, tokenizer, rng)]


def refining_round(
    examples: Iterable[Example], mined: Iterable[Example], tokenizer: Tokenizer, seed: int
) -> list[Task]:
    """Return the tasks of the round after the broad ones: what they learned least, system prompts and languages."""
    rng = random.Random(seed)  # noqa: S311
    rows = (pair_examples(seed, REFINED_PAIRS), world_examples(seed, REFINED_WORLD), mined)
    tasks = [found for group in rows for one in group for found in tasks_of(one, tokenizer, rng)]
    rest = broad_round(examples, (), tokenizer, seed)
    return [*tasks, *rng.sample(rest, int(len(rest) * REFINED_REST))]


def beside_round(examples: Sequence[Example], tokenizer: Tokenizer, seed: int) -> list[Task]:
    """Return the tasks of the last round: ordinary texts beside system prompts that have nothing to do with them."""
    rng = random.Random(seed)  # noqa: S311
    mine = [one for one in examples if one.source in TRAINED_ON and one.source != "own"]
    rows = (beside(mine, seed, BESIDE), pair_examples(seed, BESIDE_PAIRS))
    tasks = [found for group in rows for one in group for found in tasks_of(one, tokenizer, rng)]
    rest = broad_round(examples, (), tokenizer, seed)
    return [*tasks, *rng.sample(rest, int(len(rest) * BESIDE_REST))]


def beside(examples: Iterable[Example], seed: int, count: int) -> list[Example]:
    """Return up to `count` harmless users' texts of each source, each with a system prompt that keeps something."""
    rng, groups = random.Random(seed), dict[str, list[Example]]()  # noqa: S311
    systems = list(keeping_prompts(seed, 20))
    for one in examples:
        if not one.attack and not one.system and one.channel is Channel.USER:
            groups.setdefault(one.source, []).append(one)
    chosen = [one for _, group in sorted(groups.items()) for one in rng.sample(group, min(len(group), count))]
    return [replace(one, system=rng.choice(systems)) for one in chosen]


def written(seed: int) -> Iterator[Example]:
    """Yield a sample of every grammar."""
    yield from family_examples(seed, GRAMMAR_ROWS)
    yield from world_examples(seed, WORLD_ROWS)
    yield from pair_examples(seed, PAIR_ROWS)
    yield from switch_examples(seed, SWITCH_ROWS)
    yield from story_examples(seed, STORY_ROWS)
    yield from document_examples(seed, DOCUMENT_ROWS)


def split(examples: Iterable[Example], rng: random.Random) -> tuple[list[Example], list[Example]]:
    """Return the rows of the sources trained on that are learned from, and the rest of them."""
    groups = dict[tuple[str, bool], list[Example]]()
    for one in examples:
        if one.source in TRAINED_ON:
            groups.setdefault((one.kind if one.source == "own" else one.source, one.attack), []).append(one)
    chosen, rest = list[Example](), list[Example]()
    for (name, _), group in sorted(groups.items()):
        rng.shuffle(group)
        chosen += group[: _most(name)]
        rest += group[_most(name) :]
    return chosen, rest


def unseen(examples: Iterable[Example], seed: int) -> set[Example]:
    """Return the rows training did not see: whole sources, and the rest of own harmless rows and own languages.

    Training did see the families of the latter. They stand in for kinds of text that no public source left out has.
    """
    seen = _seen(examples, seed)
    return {one for one in examples if one.source not in TRAINED_ON or (_stands_in(one) and one not in seen)}


def _stands_in(one: Example) -> bool:
    return one.source == "own" and not one.system and (not one.attack or one.kind == "multi")


def unseen_pairs(examples: Iterable[Example], seed: int) -> list[Example]:
    """Return rows with a system prompt that training did not see; their families it did see."""
    seen = _seen(examples, seed)
    mine = [one for one in examples if one.source in TRAINED_ON and one.system and one not in seen]
    random.Random(seed).shuffle(mine)  # noqa: S311
    return [one for one in mine if protected_sentences(one.system)]


def _seen(examples: Iterable[Example], seed: int) -> set[Example]:
    """Return the public rows of the broad rounds and the refining one, and those searched for false alarms."""
    rounds = [split(examples, random.Random(each))[0] for each in range(seed, seed + 3)]  # noqa: S311
    mined = [_mined_from(examples, each) for each in range(seed, seed + 3)]
    return {one for chosen in (*rounds, *mined) for one in chosen}


def _most(name: str) -> int:
    sort = {"obf": _OBFUSCATED, "pai": _PAIR_FAMILY}.get(name[:3], _FAMILY_ELSE)
    return TRAINED_ON.get(name) or _FAMILY_ROWS.get(name, sort)


def tasks_of(example: Example, tokenizer: Tokenizer, rng: random.Random) -> Iterator[Task]:
    """Yield an example as a task alone, against its system prompt, or both where it is an attack either way."""
    protected = protected_sentences(example.system) if example.system else ""
    channel, text = prefix_of(example.channel), crop(example, rng)
    if protected:
        yield task(tokenizer, channel, text[:PAIR_LONGEST], protected, example.attack)
    if not example.needs_system and (example.attack or not protected):
        yield task(tokenizer, channel, text, None, example.attack)


def crop(example: Example, rng: random.Random) -> str:
    """Return a passage of a long text: around the injected part where it is known, else its start or anywhere."""
    text = example.text
    if len(text) <= LONGEST:
        return text
    at = text.find(example.injected) if example.injected else -1
    if at < 0:
        at = rng.choice([0, rng.randrange(len(text) - LONGEST + 1)])
    else:
        at = max(0, min(at - rng.randint(0, 150), len(text) - LONGEST))
    return text[at : at + LONGEST]


def last_round(mined: Sequence[Example], before: Sequence[Task], tokenizer: Tokenizer, seed: int) -> list[Task]:
    """Return the tasks of the last round: the mined false alarms among twice as many of the round before."""
    rng = random.Random(seed + 1)  # noqa: S311
    tasks = [found for one in mined for found in tasks_of(one, tokenizer, rng)]
    return [*tasks, *rng.sample(list(before), min(len(before), len(tasks) * 2))]


def to_mine(examples: Iterable[Example], seed: int) -> list[Example]:
    """Return harmless rows of the sources trained on, for the model to find its false alarms among."""
    sampled = _mined_from(examples, seed)
    grammars = (family_examples(seed + 2, MINED_GRAMMAR), document_examples(seed + 2, MINED_DOCUMENTS))
    return [*sampled, *(one for rows in grammars for one in rows if not one.attack)]


def _mined_from(examples: Iterable[Example], seed: int) -> list[Example]:
    harmless = [one for one in examples if one.source in TRAINED_ON and not one.attack and not one.system]
    return random.Random(seed + 2).sample(harmless, min(len(harmless), MINED_FROM))  # noqa: S311
