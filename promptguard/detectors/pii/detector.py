"""The detector of personal data."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Final

from audit.reasons import Reason
from promptguard.detectors.bounded import BoundedTable
from promptguard.detectors.patterns import Hit, Pattern, PatternDetector, finding
from promptguard.detectors.pii import address, contact, device, financial, government, health, identity
from promptguard.findings import Category, Finding, View
from promptguard.names import NameTagger

NAME: Final = "pii"
VERSION: Final = "2"
OPERATING_POINT: Final = 0.5
_PERSON: Final = Pattern("PERSON", "", Reason.PII_IDENTITY)


def _patterns() -> Sequence[Pattern]:
    parts = (contact, address, financial, government, health, identity, device)
    return [pattern for part in parts for pattern in part.patterns()]


def other_data(text: str) -> list[tuple[int, int]]:
    """Return [start, end) of the personal data in `text` that is no name; for training the name tagger."""
    return [(hit.start, hit.end) for hit in _table().hits(text) if hit.score >= OPERATING_POINT]


@cache
def _table() -> BoundedTable:
    return BoundedTable(_patterns())


class PiiDetector(PatternDetector):
    """Finds personal data in every view of a prompt."""

    name = NAME
    version = VERSION
    category = Category.PII

    def __init__(self, table: BoundedTable, tagger: NameTagger) -> None:
        super().__init__(table)
        self._tagger = tagger

    @classmethod
    def load(cls) -> "PiiDetector":
        """Compile the patterns and read the name tagger."""
        return cls(_table(), NameTagger.load())

    def in_view(self, view: View) -> Iterator[Finding]:
        """Yield the personal data in one view."""
        hits = list(self._table.hits(view.text))
        data = [(hit.start, hit.end) for hit in hits if hit.score >= OPERATING_POINT]
        names = (Hit(_PERSON, *found) for found in self._tagger.find(view.text, data))
        for hit in chain(hits, names):
            yield finding(view, hit, self.category, self.name, self.version)
