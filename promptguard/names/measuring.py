"""What the name tagger does on sentences and sources it was not trained on."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from promptguard.names.lists import Gazetteer
from promptguard.names.tagger import NameTagger
from promptguard.names.training import OtherData, Row, name_examples, train_names, train_words

FOLDS: Final = 3
OPERATING_POINT: Final = 0.5


@dataclass(slots=True)
class Tally:
    """Counts over marked texts: names reported, of these right; names marked, of these found."""

    reported: int = 0
    right: int = 0
    marked: int = 0
    found: int = 0

    def add(self, row: Row, spans: Sequence[tuple[int, int]]) -> None:
        """Count one text; spans agree when they overlap."""
        self.reported, self.marked = self.reported + len(spans), self.marked + len(row.names)
        self.right += sum(any(start < end and begin < stop for begin, end in row.names) for start, stop in spans)
        self.found += sum(any(start < end and begin < stop for start, stop in spans) for begin, end in row.names)

    def __str__(self) -> str:
        return f"precision {self.right / max(1, self.reported):.3f}, recall {self.found / max(1, self.marked):.3f}"


@dataclass(slots=True)
class LeftOut:
    """Figures of templates left out and, by source, the share of harmless texts with a name reported."""

    templates: Tally = field(default_factory=Tally)
    harmless: dict[str, float] = field(default_factory=dict)


def leave_out(rows: Sequence[Row], plain: Sequence[Row], gazetteer: Gazetteer, data: OtherData) -> LeftOut:
    """Return the figures of every template and every harmless source, each judged by a tagger that has not seen it."""
    found = LeftOut()
    sources = sorted({row.source for row in rows})
    random.Random(1).shuffle(sources)  # noqa: S311 (folds, no secret)
    folds = {source: place % FOLDS for place, source in enumerate(sources)}
    for fold in range(FOLDS):
        seen = [row for row in rows if folds[row.source] != fold]
        tagger = _trained(seen, plain, gazetteer, data)
        for row in rows:
            if folds[row.source] == fold:
                found.templates.add(row, list(_reported(tagger, row.text, data)))
    for source in sorted({row.source for row in plain}):
        tagger = _trained(rows, [row for row in plain if row.source != source], gazetteer, data)
        hits = [any(_reported(tagger, row.text, data)) for row in plain if row.source == source]
        found.harmless[source] = sum(hits) / len(hits)
    return found


def _trained(rows: Sequence[Row], plain: Sequence[Row], gazetteer: Gazetteer, data: OtherData) -> NameTagger:
    first = train_words(rows, plain, gazetteer)
    tagger = NameTagger(first, {}, gazetteer)
    return NameTagger(first, train_names(name_examples(rows, tagger, data), plain, tagger, gazetteer, data), gazetteer)


def _reported(tagger: NameTagger, text: str, data: OtherData) -> Iterator[tuple[int, int]]:
    for start, end, score in tagger.find(text, data(text)):
        if score >= OPERATING_POINT:
            yield start, end
