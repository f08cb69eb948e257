"""Reading the public moderation data: each source's labels, put into the moderation kinds they speak for."""

import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from promptguard.detectors.moderation import KINDS
from promptguard.normalise.folding import fold
from promptguard.training.examples import rows
from promptguard.training.grammars.harm import Harm, harm_examples

ALL = frozenset(KINDS)
_ABUSE = frozenset({"hate", "harassment"})
# What a label of the public data means: the kinds it asserts. It is silent about the rest, unless it says clean.
_KINDS: Mapping[str, frozenset[str]] = {
    "hate": frozenset({"hate", "harassment"}),
    "identity_hate": frozenset({"hate"}),
    "offensive": frozenset({"harassment"}),
    "toxicity": frozenset({"harassment"}),
    "harmful_request": frozenset({"illicit"}),
}
_CATEGORIES: Mapping[str, frozenset[str]] = {
    "Physical Harm": frozenset({"violence", "illicit", "illicit/violent"}),
    "Child Abuse": frozenset({"violence", "illicit"}),
    "Adult Content": frozenset({"sexual"}),
    "Hate/Harass/Violence": frozenset({"hate", "harassment"}),
}
_UNSURE = ("Political Campaigning", "Tailored Financial Advice")  # unwanted advice, not harm
# Rows of one label the encoder learns from. Every source that is not named here is left out: it calibrates and judges.
ENCODER_ROWS = {
    "t-davidson/hate-speech": 450,
    "microsoft/TOXIGEN prompts": 250,
    "declare-lab/red-instruct catqa": 250,
    "clean prompts": 350,
}
_EACH = 30  # rows of one family and side for the encoder
_MOST = 1500  # rows of one public source and label
LONGEST = 300  # characters of a row for the encoder


def harms(directory: Path, seed: int, each: int) -> list[Harm]:
    """Return the public moderation rows in `directory`, and `each` rows of every family and side written here."""
    rng, groups = random.Random(seed), dict[tuple[str, frozenset[str]], list[Harm]]()  # noqa: S311  (not a secret)
    for row in rows(directory / "moderation.jsonl"):
        if row.get("category") not in _UNSURE:
            one = _harm(row)
            groups.setdefault((one.source, one.kinds), []).append(one)
    public = [one for group in groups.values() for one in rng.sample(group, min(len(group), _MOST))]
    return [*public, *harm_examples(seed, each, ALL)]


def encoder_rows(directory: Path, seed: int) -> list[Harm]:
    """Return what the encoder learns harm from: some rows of the sources it may see, and of every family."""
    rng = random.Random(seed)  # noqa: S311  (sampling, not a secret)
    found = harms(directory, seed, _EACH)
    chosen = [one for one in found if one.source == "own families"]
    for source, most in ENCODER_ROWS.items():
        for harmful in (True, False):
            mine = [one for one in found if one.source == source and bool(one.kinds) is harmful]
            chosen += _spread(mine, most, rng)
    return [one for one in chosen if len(one.text) <= LONGEST]


def _spread(found: Sequence[Harm], most: int, rng: random.Random) -> Iterable[Harm]:
    """Return up to `most` rows, the kinds they are of about equally often."""
    groups = dict[frozenset[str], list[Harm]]()
    for one in found:
        groups.setdefault(one.kinds, []).append(one)
    for group in groups.values():
        yield from rng.sample(group, min(len(group), most // len(groups)))


def _harm(row: Mapping[str, str]) -> Harm:
    source = "clean prompts" if row["source"].startswith("benign.jsonl") else row["source"]
    text = fold(row["text"]).text
    if not row["label"]:
        known = ALL if row["kind"] in {"clean_prompt", "neutral_identity"} else _ABUSE
        return Harm(text, frozenset(), source, known, source)
    kinds = _CATEGORIES.get(row.get("category", ""), _KINDS[row["kind"]])
    return Harm(text, kinds, source, kinds, source)
