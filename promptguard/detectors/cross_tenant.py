"""Attempts to reach other tenants' data: by identifier, by name, or by asking for everybody's at once.

Who the other tenants are is known to a `TenantDirectory` alone; this module only cuts out the terms worth asking for.
"""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from audit.reasons import Reason
from promptguard.detectors.patterns import Hit, Pattern, PatternTable, finding, report
from promptguard.detectors.tenant_requests import asks_for_data, join_patterns
from promptguard.detectors.tenant_terms import Occurrence, occurrences, terms_in
from promptguard.findings import Category, Finding, Prompt, Report, View

IDENTIFIED = 0.95
ASKED_FOR = 0.85
MENTIONED = 0.2


class TermKind(StrEnum):
    """What a term is to the tenant that bears it."""

    IDENTIFIER = "identifier"
    NAME = "name"


class TenantDirectory(Protocol):
    """Knows which terms belong to other tenants."""

    def foreign_terms(self, terms: Collection[str], org_id: UUID) -> Mapping[str, TermKind]:
        """Return those of `terms` that are an id, a slug or a name of a tenant other than `org_id`.

        Terms are one to four words, casefolded, with single spaces. A term that is both is an identifier.
        """
        ...


_NAMED = Pattern("tenant-name", "", Reason.TENANT_NAME)
_IDENTIFIED = Pattern("tenant-identifier", "", Reason.TENANT_IDENTIFIER)


class CrossTenantDetector:
    """Finds requests for other tenants' data in every view of a prompt."""

    name = "cross_tenant"
    version = "1"

    def __init__(self, directory: TenantDirectory, table: PatternTable) -> None:
        self._directory = directory
        self._table = table

    @classmethod
    def load(cls, directory: TenantDirectory) -> "CrossTenantDetector":
        """Compile the patterns; `directory` answers whose the terms are."""
        return cls(directory, PatternTable(join_patterns(), unicode=True))

    def detect(self, prompt: Prompt) -> Report:
        """Report foreign identifiers, foreign names and requests across tenants."""
        return report(Category.CROSS_TENANT, (*self._joins(prompt), *self._foreign(prompt)))

    def _joins(self, prompt: Prompt) -> Iterator[Finding]:
        for view in prompt.views:
            for hit in self._table.hits(view.text):
                yield self._finding(view, hit)

    def _foreign(self, prompt: Prompt) -> Iterator[Finding]:
        """Ask the directory once for all terms of all views, then judge where the foreign ones stand."""
        if prompt.org_id is None:
            return
        terms = {term for view in prompt.views for term in terms_in(view.text)}
        foreign = self._directory.foreign_terms(terms, prompt.org_id) if terms else {}
        for view in prompt.views if foreign else ():
            for place in occurrences(view.text, foreign):
                yield self._finding(view, _judged(view.text, place, foreign[place.term]))

    def _finding(self, view: View, hit: Hit) -> Finding:
        return finding(view, hit, Category.CROSS_TENANT, self.name, self.version)


def _judged(text: str, place: Occurrence, kind: TermKind) -> Hit:
    """Judge a foreign term: an identifier that is written as one stands by itself, a name needs a request for data."""
    if kind is TermKind.IDENTIFIER and place.telling:
        return Hit(_IDENTIFIED, place.start, place.end, IDENTIFIED)
    score = ASKED_FOR if asks_for_data(text, place.start, place.end) else MENTIONED
    return Hit(_NAMED, place.start, place.end, score)
