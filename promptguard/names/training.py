"""Training of the name tagger; ``python -m promptguard.detectors.pii.names_training`` runs it.

Rows come from ``pii.jsonl`` (texts with PERSON spans), the grammar in `sentences` and ``benign.jsonl``: its words that
are in no list of names are no names, and the names in it are nobody's private data. Both regressions are logistic, by
AdaGrad over named features, rare ones dropped.
"""

import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from promptguard import model_store
from promptguard.names import signals
from promptguard.names.candidates import FAMILIES, STATIC, Token, Words, context_values, runs
from promptguard.names.lists import Gazetteer
from promptguard.names.sentences import written
from promptguard.names.tagger import ARTEFACT, Beside, NameTagger, features_of

EPOCHS: Final = 6
RATES: Final = (0.3, 0.1)
DECAYS: Final = (1e-6, 1e-4)
FEWEST: Final = 3  # occurrences below which a feature is dropped
OWN_ROWS: Final = 8_000
HARMLESS_LENGTH: Final = 1_200  # characters of a prompt that are read for words
HARMLESS_WEIGHT: Final = 0.5
HIDDEN_SHARE: Final = 0.3  # of names taken out of the lists while training, so that context must do
EMBEDDED_ROWS: Final = 4_000  # sentences of the grammar, put into harmless texts, that the second regression sees
MOST_OF_SOURCE: Final = 600  # names of one harmless source; more weigh together as much as these

Span = tuple[int, int]
Example = tuple[list[str], bool, float]
Sign = Callable[[str], int]
OtherData = Callable[[str], Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Row:
    """A text and the [start, end) of the private names in it; `source` is the template or the data set it is from."""

    text: str
    names: tuple[Span, ...] = ()
    source: str = ""


def from_pii(path: Path) -> list[Row]:
    """Return the rows of ``pii.jsonl``; their source is the template, the text with its spans cut out."""
    rows = []
    for line in path.read_text("utf-8").strip().split("\n"):
        record = json.loads(line)
        template = record["text"]
        for start, end, _ in sorted(record["spans"], reverse=True):
            template = f"{template[:start]}\0{template[end:]}"
        template = re.sub(r"(?:\0\W*)+", "\0", template.casefold())
        names = tuple((start, end) for start, end, kind in record["spans"] if kind == "PERSON")
        rows.append(Row(record["text"], names, re.sub(r"[^\w\0]+", " ", template)))
    return rows


def from_benign(path: Path) -> list[Row]:
    """Return the rows of ``benign.jsonl``, none with a private name."""
    records = map(json.loads, path.read_text("utf-8").strip().split("\n"))
    return [Row(record["text"], (), f"{record['source']} {record['kind']}") for record in records]


def word_examples(rows: Iterable[Row], words: Words) -> list[Example]:
    """Return the features and the truth of every word of every candidate."""
    return [
        (features, any(start <= token.start < end for start, end in row.names), 1.0)
        for row in rows
        for run in runs(row.text, words)
        for token, features in zip(run, word_features(row.text, run, words), strict=True)
    ]


def word_features(text: str, run: Sequence[Token], words: Words) -> list[list[str]]:
    """Return the named features of each word of a candidate."""
    families = (*STATIC, *FAMILIES)
    return [
        [f"{family}={value}" for family, value in zip(families, (*known.values, *values), strict=True)]
        for known, values in context_values(text, run, words)
    ]


def harmless(rows: Iterable[Row], words: Words, complete: Gazetteer) -> list[Example]:
    """Return words of ordinary prompts as no names: those that are in no list of names.

    Nobody marked the names in these prompts, so words that may be one, or stand beside a known one, are left out.
    """
    found: list[Example] = []
    for row in rows:
        text = row.text[:HARMLESS_LENGTH]
        for run in runs(text, words):
            flags = [complete.flags(token.text) for token in run]
            if any("e" in one for one in flags):
                continue
            sure = [not {"g", "f"} & set(one) or (len(run) == 1 and bool({"p", "w"} & set(one))) for one in flags]
            found += [
                (features, False, HARMLESS_WEIGHT)
                for features, keep in zip(word_features(text, run, words), sure, strict=True)
                if keep
            ]
    return found


def name_examples(rows: Iterable[Row], tagger: NameTagger, data: OtherData, weight: float = 1.0) -> list[Example]:
    """Return the features of every likely name in `rows`, and whether it is a private one."""
    found: list[Example] = []
    for row in rows:
        names = [name for name in tagger.names(row.text) if not name.figure]
        beside, about = Beside(data(row.text) if names else ()), signals.About(row.text)
        for name in names:
            truth = any(start < name.end and name.start < end for start, end in row.names)
            features = features_of(about, name, near=beside(name.start, name.end))
            if not (truth and _is_public(features)):
                found.append((features, truth, weight))
    return found


def _is_public(features: Sequence[str]) -> bool:
    """Tell whether all that is said around a name is of a public matter; such names are marked in ``pii.jsonl`` too."""
    return "private" not in features and any(feature[2:] in signals.PUBLIC for feature in features)


def embedded(own: Sequence[Row], plain: Sequence[Row], dice: random.Random) -> list[Row]:
    """Return the sentences of the grammar, every other one put between two pieces of a harmless text without names."""
    rows = []
    for number, row in enumerate(own):
        lead, tail = "", ""
        if number % 2:
            text = dice.choice(plain).text
            cut = dice.randrange(min(len(text), 600) + 1)
            lead, tail = f"{text[:cut]}\n", f"\n{text[cut : cut + 600]}"
        names = tuple((start + len(lead), end + len(lead)) for start, end in row.names)
        rows.append(Row(lead + row.text + tail, names))
    return rows


def fit(
    data: Sequence[Example], rate: float = RATES[0], decay: float = DECAYS[0], seed: int = 0, sign: Sign = lambda _: 0
) -> dict[str, float]:
    """Return the weights of a logistic regression over `data`, the intercept as ``bias``; `sign` bounds them."""
    counts = Counter(feature for row, _, _ in data for feature in row)
    ids = {feature: place for place, feature in enumerate(sorted(one for one in counts if counts[one] >= FEWEST), 1)}
    kept = [([0, *(ids[feature] for feature in row if feature in ids)], truth, weight) for row, truth, weight in data]
    weights, squares = [0.0] * (len(ids) + 1), [1e-6] * (len(ids) + 1)
    signs = [0, *(sign(feature) for feature in ids)]
    dice = random.Random(seed)  # noqa: S311 (a shuffle, no secret)
    for _ in range(EPOCHS):
        dice.shuffle(kept)
        for row, truth, weight in kept:
            margin = max(-30.0, min(30.0, sum(weights[place] for place in row)))
            slope = (1 / (1 + math.exp(-margin)) - truth) * weight
            if abs(slope) < 1e-3:
                continue
            for place in row:
                gradient = slope + decay * weights[place]
                squares[place] += gradient * gradient
                weights[place] -= rate * gradient / math.sqrt(squares[place])
                if weights[place] * signs[place] < 0:
                    weights[place] = 0.0
    named = {feature: round(weights[place], 3) for feature, place in ids.items() if abs(weights[place]) >= 0.01}
    return named | {"bias": round(weights[0], 3)}


def train_words(rows: Sequence[Row], plain: Sequence[Row], gazetteer: Gazetteer, seed: int = 0) -> dict[str, float]:
    """Return the weights that find names; a share of the names is unknown while they are learnt."""
    dice = random.Random(seed)  # noqa: S311
    hidden = frozenset(name for name in sorted(gazetteer.given | gazetteer.family) if dice.random() < HIDDEN_SHARE)
    words = Words(gazetteer.without(hidden))
    own = [Row(text, names) for text, names in written(gazetteer, OWN_ROWS, dice)]
    data = [*word_examples([*rows, *own], words), *harmless(plain[::3], words, gazetteer)]
    return fit(data, seed=seed)


def train_names(
    marked: Sequence[Example], plain: Sequence[Row], tagger: NameTagger, gazetteer: Gazetteer, data: OtherData
) -> dict[str, float]:
    """Return the weights that tell private names: `marked` and the grammar's are, those in `plain` are not."""
    dice = random.Random(1)  # noqa: S311
    own = [Row(text, names) for text, names in written(gazetteer, EMBEDDED_ROWS, dice)]
    nameless = [row for row in plain[::7] if not any(True for _ in tagger.names(row.text))]
    examples = [*marked, *name_examples(embedded(own, nameless, dice), tagger, data, 0.5)]
    by_source = dict[str, list[Example]]()
    for row in plain[::2]:
        by_source.setdefault(row.source, []).extend(name_examples([row], tagger, data))
    for found in by_source.values():
        weight = min(1.0, MOST_OF_SOURCE / max(1, len(found)))
        examples += [(features, truth, weight) for features, truth, _ in found]
    return fit(examples, RATES[1], DECAYS[1], sign=signals.sign)


def train(rows: Sequence[Row], plain: Sequence[Row], gazetteer: Gazetteer, data: OtherData) -> NameTagger:
    """Return a tagger trained on `rows`, the grammar and `plain`."""
    first = train_words(rows, plain, gazetteer)
    tagger = NameTagger(first, {}, gazetteer)
    return NameTagger(first, train_names(name_examples(rows, tagger, data), plain, tagger, gazetteer, data), gazetteer)


def save(tagger: NameTagger, gazetteer: Gazetteer, rows: int) -> None:
    """Write the artefact."""
    files = {"weights.json": tagger.weights_json(), "gazetteer.json": gazetteer.as_json()}
    settings = {"rows": rows, "own_rows": OWN_ROWS, "embedded_rows": EMBEDDED_ROWS, "epochs": EPOCHS, "seed": 0}
    model_store.save(ARTEFACT, settings, files)
