"""The blind directory of tenants: keyed hashes of names, slugs and ids, by which the guard recognises other tenants.

It is the one thing about other tenants that every worker may read, so it must tell nothing: a term is HMAC-SHA256 cut
to 128 bits under a key that only the application has, and whose it is, is hashed too.
"""

import re
import time
import unicodedata
import uuid
from collections.abc import Collection, Mapping
from threading import Lock

from tenants.models import DirectoryTerm, Organization
from tenants.signature import derivations, derive, derivers

_SPACES = re.compile(r"\s+")
_TERM, _SUBJECT = "tenants.directory.term", "tenants.directory.subject"
REFRESH = 5.0
"""Seconds a worker may go on with its copy of the directory."""


def normalised(term: str) -> str:
    """Return the form in which terms are compared: NFKC, case folded, one space between words."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", term).casefold()).strip()


def blind(term: str) -> bytes:
    """Return the keyed hash under which a normalised term is stored."""
    return derive(_TERM, term.encode())[:16]


def whose(org_id: uuid.UUID) -> bytes:
    """Return the keyed hash that stands for an organisation in the directory."""
    return derive(_SUBJECT, org_id.bytes)[:16]


def list_organization(organization: Organization) -> None:
    """Put an organisation's present name, slug and id in the directory, in place of the former ones."""
    subject = whose(organization.id)
    former = [derived[:16] for derived in derivations(_SUBJECT, organization.id.bytes)]
    kinds = {
        normalised(organization.name): DirectoryTerm.Kind.NAME,
        organization.slug: DirectoryTerm.Kind.IDENTIFIER,
        str(organization.id): DirectoryTerm.Kind.IDENTIFIER,
        organization.id.hex: DirectoryTerm.Kind.IDENTIFIER,
    }
    DirectoryTerm.objects.filter(subject__in=former).delete()
    DirectoryTerm.objects.bulk_create(
        DirectoryTerm(term=blind(term), subject=subject, kind=kind) for term, kind in kinds.items()
    )


class Directory:
    """One worker's copy of the directory, refreshed every `REFRESH` seconds."""

    def __init__(self) -> None:
        self._terms: dict[bytes, dict[bytes, str]] = {}
        self._read_at = -REFRESH
        self._lock = Lock()

    def refresh(self) -> None:
        """Read the directory again if the copy is old."""
        with self._lock:
            if time.monotonic() - self._read_at < REFRESH:
                return
            terms: dict[bytes, dict[bytes, str]] = {}
            for term, subject, kind in DirectoryTerm.objects.values_list("term", "subject", "kind"):
                terms.setdefault(bytes(term), {})[bytes(subject)] = kind
            self._terms, self._read_at = terms, time.monotonic()

    def foreign_kinds(self, terms: Collection[str], org_id: uuid.UUID) -> Mapping[str, str]:
        """Return which normalised `terms` name another tenant than `org_id`, and as what kind."""
        own = {derived[:16] for derived in derivations(_SUBJECT, org_id.bytes)}
        blinders, known = derivers(_TERM), self._terms
        found = {}
        for term in terms:
            material = term.encode()
            held = [known[key] for blinder in blinders if (key := blinder(material)[:16]) in known]
            if held and own.isdisjoint(holders := {subject: kind for each in held for subject, kind in each.items()}):
                found[term] = next(iter(holders.values()))
        return found
