"""Train the name tagger: ``python -m promptguard.names.training DATA_DIRECTORY`` (needs Faker, which serving does not).

Rows come from ``pii.jsonl`` (texts with PERSON spans), the grammar in `sentences` and, as counter-examples, words of
``benign.jsonl`` that are nobody's name; the gazetteer from Faker's lists of names (MIT). Logistic regression by AdaGrad
over named features, rare ones dropped.
"""

import json
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from promptguard import model_store
from promptguard.names.candidates import Gazetteer, features, runs
from promptguard.names.gazetteer import from_faker
from promptguard.names.sentences import written
from promptguard.names.tagger import ARTEFACT, NameTagger

EPOCHS: Final = 6
RATE: Final = 0.3
DECAY: Final = 1e-6
FEWEST: Final = 3  # occurrences below which a feature is dropped
OWN_ROWS: Final = 6_000
HARMLESS_STRIDE: Final = 8
HARMLESS_LENGTH: Final = 600  # characters of a prompt that are read
HIDDEN_SHARE: Final = 0.3  # of names taken out of the gazetteer's flags while training, so that context must do


@dataclass(frozen=True, slots=True)
class Row:
    """A text and the [start, end) of the names in it."""

    text: str
    names: tuple[tuple[int, int], ...]


def from_pii(path: Path) -> list[tuple[str, Row]]:
    """Return the rows of ``pii.jsonl``, each with its template (the text with its spans cut out)."""
    rows = []
    for line in path.read_text("utf-8").strip().split("\n"):
        record = json.loads(line)
        template = record["text"]
        for start, end, kind in sorted(record["spans"], reverse=True):
            template = f"{template[:start]}<{kind}>{template[end:]}"
        names = tuple((start, end) for start, end, kind in record["spans"] if kind == "PERSON")
        rows.append((template.casefold(), Row(record["text"], names)))
    return rows


def examples(rows: Iterable[Row], gazetteer: Gazetteer) -> list[tuple[list[str], bool]]:
    """Return the features and the truth of every word of every candidate."""
    found = []
    for row in rows:
        for run in runs(row.text, gazetteer):
            for token, names in zip(run, features(row.text, run, gazetteer), strict=True):
                found.append((names, any(start <= token.start < end for start, end in row.names)))
    return found


def harmless(path: Path, gazetteer: Gazetteer) -> list[tuple[list[str], bool]]:
    """Return words of ordinary prompts as no names: those of unknown names that the gazetteer does not know either.

    Nobody marked the names in these prompts, so words that are a name somewhere are left out rather than guessed.
    """
    found: list[tuple[list[str], bool]] = []
    for line in path.read_text("utf-8").strip().split("\n")[::HARMLESS_STRIDE]:
        text = json.loads(line)["text"][:HARMLESS_LENGTH]
        for run in runs(text, gazetteer):
            rows = features(text, run, gazetteer)
            known = [{"g", "f"} & set(gazetteer.flags(token.text)) for token in run]
            if not any(known):
                found += [(row, False) for row in rows]
    return found


def fit(data: Sequence[tuple[list[str], bool]], seed: int = 0) -> dict[str, float]:
    """Return the weights of a logistic regression over `data`."""
    counts = Counter(feature for row, _ in data for feature in row)
    kept = [([feature for feature in row if counts[feature] >= FEWEST], truth) for row, truth in data]
    weights: dict[str, float] = defaultdict(float)
    squares: dict[str, float] = defaultdict(lambda: 1e-6)
    dice = random.Random(seed)  # noqa: S311 (a shuffle, no secret)
    for _ in range(EPOCHS):
        dice.shuffle(kept)
        for row, truth in kept:
            margin = max(-30.0, min(30.0, sum(weights[feature] for feature in row)))
            slope = 1 / (1 + math.exp(-margin)) - truth
            if abs(slope) < 1e-3:
                continue
            for feature in row:
                gradient = slope + DECAY * weights[feature]
                squares[feature] += gradient * gradient
                weights[feature] -= RATE * gradient / math.sqrt(squares[feature])
    return {feature: round(weight, 3) for feature, weight in weights.items() if abs(weight) >= 0.01}


def train(rows: Sequence[Row], gazetteer: Gazetteer, plain: Path, seed: int = 0) -> NameTagger:
    """Return a tagger trained on `rows`, on the grammar's and"
    " on the prompts of `plain`; a share of names is unknown to it while it learns."""
    dice = random.Random(seed)  # noqa: S311
    hidden = {name for name in sorted(gazetteer.given | gazetteer.family) if dice.random() < HIDDEN_SHARE}
    partial = Gazetteer(gazetteer.given - hidden, gazetteer.family - hidden)
    own = [Row(text, names) for text, names in written(gazetteer, OWN_ROWS, dice)]
    data = [*examples([*rows, *own], partial), *harmless(plain, gazetteer)]
    return NameTagger(fit(data, seed), gazetteer)


def main(directory: Path) -> None:
    """Train on everything and write the artefact."""
    gazetteer = from_faker()
    rows = [row for _, row in from_pii(directory / "pii.jsonl")]
    tagger = train(rows, gazetteer, directory / "benign.jsonl")
    lists = {"given": sorted(gazetteer.given), "family": sorted(gazetteer.family)}
    files = {"weights.json": tagger.weights_json(), "gazetteer.json": json.dumps(lists, ensure_ascii=False).encode()}
    settings = {"rows": len(rows), "own_rows": OWN_ROWS, "epochs": EPOCHS, "seed": 0}
    model_store.save(ARTEFACT, settings, files)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
