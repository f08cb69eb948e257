"""What a customer accepts at checkout: short texts, each with the date it is in force from as its version.

A version never changes (a test holds each to its digest); a new one is a new file, and the old one stays readable.
"""

from dataclasses import dataclass
from pathlib import Path

TITLES = {"terms": "Terms of service", "cancellation": "Cancellation policy", "refunds": "Refund policy"}
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Document:
    """A text in force: `name` is one of `TITLES`."""

    name: str
    version: str

    @property
    def title(self) -> str:
        """Return what people call it."""
        return TITLES[self.name]

    @property
    def text(self) -> str:
        """Return it as it was accepted: headings after ``# ``, a paragraph a line."""
        return (_FOLDER / f"{self.name}-{self.version}.txt").read_text()

    @property
    def sections(self) -> list[tuple[str, list[str]]]:
        """Return its headings with their paragraphs."""
        parts = [part.strip().splitlines() for part in self.text.split("# ") if part.strip()]
        return [(heading, [line for line in lines if line]) for heading, *lines in parts]


def versions(name: str) -> list[str]:
    """Return every version of a document, oldest first."""
    return sorted(path.stem.removeprefix(f"{name}-") for path in _FOLDER.glob(f"{name}-*.txt"))


def present(name: str) -> Document:
    """Return the version that is accepted now."""
    return Document(name, versions(name)[-1])


def find(name: str, version: str) -> Document | None:
    """Return a version that there is."""
    return Document(name, version) if name in TITLES and version in versions(name) else None
