"""Reading the public moderation data: each source's labels, put into the moderation kinds they speak for."""

from collections.abc import Mapping
from pathlib import Path

from promptguard.detectors.moderation import KINDS
from promptguard.training.examples import rows
from promptguard.training.grammars.harm import Harm, harm_examples

_ALL = frozenset(KINDS)
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


def harms(directory: Path, seed: int, each: int) -> list[Harm]:
    """Return the public moderation rows in `directory` and the grammar's."""
    public = [_harm(row) for row in rows(directory / "moderation.jsonl") if row.get("category") not in _UNSURE]
    return [*public, *harm_examples(seed, each)]


def _harm(row: Mapping[str, str]) -> Harm:
    source = "clean prompts" if row["source"].startswith("benign.jsonl") else row["source"]
    if not row["label"]:
        known = _ALL if row["kind"] in {"clean_prompt", "neutral_identity"} else _ABUSE
        return Harm(row["text"], frozenset(), source, known)
    kinds = _CATEGORIES.get(row.get("category", ""), _KINDS[row["kind"]])
    return Harm(row["text"], kinds, source, kinds)
