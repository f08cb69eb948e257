"""Reading the public moderation data: each source's labels, put into the moderation kinds they speak for."""

import random
from collections.abc import Mapping
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
_MOST = 1500  # rows of one public source and label


def harms(directory: Path, seed: int, each: int) -> list[Harm]:
    """Return the public moderation rows in `directory`, and `each` rows of every family and side written here."""
    rng, groups = random.Random(seed), dict[tuple[str, frozenset[str]], list[Harm]]()  # noqa: S311  (not a secret)
    for row in rows(directory / "moderation.jsonl"):
        if row.get("category") not in _UNSURE:
            one = _harm(row)
            groups.setdefault((one.source, one.kinds), []).append(one)
    public = [one for group in groups.values() for one in rng.sample(group, min(len(group), _MOST))]
    return [*public, *harm_examples(seed, each, ALL)]


def _harm(row: Mapping[str, str]) -> Harm:
    source = "clean prompts" if row["source"].startswith("benign.jsonl") else row["source"]
    text = fold(row["text"]).text
    if not row["label"]:
        known = ALL if row["kind"] in {"clean_prompt", "neutral_identity"} else _ABUSE
        return Harm(text, frozenset(), source, known, source)
    kinds = _CATEGORIES.get(row.get("category", ""), _KINDS[row["kind"]])
    return Harm(text, kinds, source, kinds, source)
