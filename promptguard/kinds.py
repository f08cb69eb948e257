"""The finer kinds that the shipped detectors name, by class: what a policy can have a rule of its own for."""

from collections.abc import Mapping
from functools import cache

from promptguard.detectors import exfiltration
from promptguard.detectors.moderation import KINDS as MODERATION
from promptguard.detectors.pii import address, contact, device, financial, government, health, identity
from promptguard.detectors.secrets.providers import FORMATS
from promptguard.findings import Category

_PII = (contact, address, financial, government, health, identity, device)
_SECRETS = (
    *("tidegate-api-key", "private-key", "putty-private-key", "vendor-secret", "generic-secret", "unknown-credential"),
    *("password", "url-password", "basic-auth", "bearer-token"),
)
_CROSS_TENANT = ("tenant-name", "tenant-identifier", "tenant-join", "tenant-join-sql", "foreign_document")


@cache
def shipped_kinds() -> Mapping[Category, tuple[str, ...]]:
    """Return the kinds of each class, by name; the rules of injection are one kind to a policy."""
    pii = {pattern.kind for part in _PII for pattern in part.patterns()} | {"PERSON"}
    return {
        Category.PII: tuple(sorted(pii)),
        Category.SECRETS: tuple(sorted({kind for kind, _ in FORMATS} | set(_SECRETS))),
        Category.EXFILTRATION: tuple(sorted({pattern.kind for pattern in exfiltration.patterns()})),
        Category.CROSS_TENANT: _CROSS_TENANT,
        Category.MODERATION: tuple(MODERATION),
    }


def class_of(kind: str) -> Category | None:
    """Return the class that a shipped kind belongs to."""
    return next((category for category, kinds in shipped_kinds().items() if kind in kinds), None)
