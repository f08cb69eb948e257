"""The detector of personal data."""

from collections.abc import Iterator
from typing import Final

from audit.reasons import Reason
from promptguard.detectors.patterns import Hit, Pattern, PatternDetector, PatternTable, finding
from promptguard.detectors.pii import address, contact, device, financial, government, health, identity
from promptguard.findings import Category, Finding, View
from promptguard.names import NameTagger

NAME: Final = "pii"
VERSION: Final = "1"
_PERSON: Final = Pattern("PERSON", "", Reason.PII_IDENTITY)


class PiiDetector(PatternDetector):
    """Finds personal data in every view of a prompt."""

    name = NAME
    version = VERSION
    category = Category.PII

    def __init__(self, table: PatternTable, tagger: NameTagger) -> None:
        super().__init__(table)
        self._tagger = tagger

    @classmethod
    def load(cls) -> "PiiDetector":
        """Compile the patterns and read the name tagger."""
        parts = (contact, address, financial, government, health, identity, device)
        return cls(PatternTable([pattern for part in parts for pattern in part.patterns()]), NameTagger.load())

    def in_view(self, view: View) -> Iterator[Finding]:
        """Yield the personal data in one view."""
        yield from super().in_view(view)
        for start, end, score in self._tagger.find(view.text):
            yield finding(view, Hit(_PERSON, start, end, score), self.category, self.name, self.version)
