"""The detector of personal data."""

from collections.abc import Iterator
from typing import Final

from promptguard.detectors.patterns import PatternDetector, PatternTable
from promptguard.detectors.pii import address, contact, device, financial, government, health, identity
from promptguard.findings import Category, Finding, View

NAME: Final = "pii"
VERSION: Final = "1"


class PiiDetector(PatternDetector):
    """Finds personal data in every view of a prompt."""

    name = NAME
    version = VERSION
    category = Category.PII

    @classmethod
    def load(cls) -> "PiiDetector":
        """Compile the patterns."""
        parts = (contact, address, financial, government, health, identity, device)
        return cls(PatternTable([pattern for part in parts for pattern in part.patterns()]))

    def in_view(self, view: View) -> Iterator[Finding]:
        """Yield the personal data in one view."""
        yield from super().in_view(view)
