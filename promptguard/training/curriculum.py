"""What the encoder learns from, in two rounds: a broad sample first, then the grammars and its own false alarms."""

import random
from collections.abc import Iterable, Iterator, Sequence

from tokenizers import Tokenizer

from promptguard.detectors.injection.protected import protected_sentences
from promptguard.detectors.injection.tier2 import prefix_of
from promptguard.training.encoder import Task, task
from promptguard.training.examples import Example
from promptguard.training.grammars import family_examples, pair_examples, world_examples

# Rows of one label the encoder trains on. Every source that is not named here is left out: it calibrates and judges.
TRAINED_ON = {
    "S-Labs prompt-injection": 1300,
    "neuralchemy core": 900,
    "teknium1/GPTeacher": 380,
    "yizhongw/self-instruct": 250,
    "own": 0,  # by family, below
}
_FAMILY_ROWS = {"multi": 800, "pair_b": 700, "fmt": 300, "hard": 400, "advsuffix": 60, "obf_hash": 60}
_FAMILY_ELSE, _OBFUSCATED = 85, 45
LONGEST = 380  # characters of a text; longer ones are cropped around the attack
PAIR_LONGEST = 300
MINED_FROM, MINED = 3000, 600  # harmless rows scored after the first round, and how many of the worst are kept
GRAMMAR_ROWS, WORLD_ROWS, PAIR_ROWS = 55, 28, 18


def first_round(examples: Iterable[Example], tokenizer: Tokenizer, seed: int) -> list[Task]:
    """Return the tasks of the first round: up to so many rows of each source, or family of own rows, and label."""
    rng = random.Random(seed)  # noqa: S311  (sampling, not a secret)
    chosen, _ = split(examples, rng)
    return [found for one in chosen for found in tasks_of(one, tokenizer, rng)]


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


def unseen_pairs(examples: Iterable[Example], seed: int) -> list[Example]:
    """Return rows with a system prompt that training did not see; their families it did see."""
    _, rest = split(examples, random.Random(seed))  # noqa: S311
    return [one for one in rest if one.system and protected_sentences(one.system)]


def _most(name: str) -> int:
    obfuscated = _OBFUSCATED if name.startswith("obf") else _FAMILY_ELSE
    return TRAINED_ON.get(name) or _FAMILY_ROWS.get(name, obfuscated)


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


def second_round(mined: Sequence[Example], first: Sequence[Task], tokenizer: Tokenizer, seed: int) -> list[Task]:
    """Return the tasks of the second round: the grammars, the mined false alarms, and a part of the first round."""
    rng = random.Random(seed + 1)  # noqa: S311
    written = [
        *family_examples(seed, GRAMMAR_ROWS),
        *world_examples(seed, WORLD_ROWS),
        *pair_examples(seed, PAIR_ROWS),
    ]
    tasks = [found for one in (*written, *mined) for found in tasks_of(one, tokenizer, rng)]
    return [*tasks, *rng.sample(list(first), min(len(first), len(tasks) // 2))]


def to_mine(examples: Iterable[Example], seed: int) -> list[Example]:
    """Return harmless rows of the sources trained on, for the model to find its false alarms among."""
    harmless = [one for one in examples if one.source in TRAINED_ON and not one.attack and not one.system]
    return random.Random(seed + 2).sample(harmless, min(len(harmless), MINED_FROM))  # noqa: S311
