"""What must not leave with a pack: other people's data, card numbers, secrets.

Free texts are redacted: what belongs to the account's own people stays, everybody else's becomes a placeholder that is
the same for the same value. Then everything that was written is searched again, and a pack in which a card's number or
a secret is found is not made (fail closed). Who finds them is a `Screen`; `promptguard` offers its detectors as one.
Card numbers are looked for by `billing.cards` as well.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from billing.cards.detector import find_pans
from billing.evidence.facts import Facts, changed_free


class Unclean(Exception):
    """A card's number or a secret is left in a pack; the text says where and of which kind, never what."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """Texts without other people's data, and how many values of each kind were taken out."""

    texts: tuple[str, ...]
    counts: Mapping[str, int]


class Screen(Protocol):
    """Finds what must not leave. No database, no network; the same texts give the same answer."""

    version: str

    def redact(self, texts: Sequence[str], own: Collection[str]) -> Redacted:
        """Return `texts` with personal data, card numbers and secrets replaced, but for values in `own`."""

    def forbidden(self, text: str) -> Collection[str]:
        """Return the kinds of card numbers and secrets that stand in `text`."""


@cache
def screen() -> Screen:
    """Return the screen that the settings name; loading it may take a moment."""
    made: Callable[[], Screen] = import_string(settings.EVIDENCE_SCREEN)
    return made()


def redacted(facts: Facts, screen: Screen) -> tuple[Facts, Mapping[str, int]]:
    """Return the facts with their free texts redacted, and how much was."""
    texts: list[str] = []
    changed_free(facts, lambda text: texts.append(text) or text)  # type: ignore[func-returns-value]  # append's None
    distinct = tuple(dict.fromkeys(texts))
    people = facts.account.people
    own = {facts.account.name, *(one.name for one in people), *(one.email for one in people)} - {""}
    result = screen.redact(distinct, own)
    instead = dict(zip(distinct, result.texts, strict=True))
    return changed_free(facts, instead.__getitem__), result.counts


def check_clean(named: Iterable[tuple[str, str]], screen: Screen) -> None:
    """Raise `Unclean` for the first of the named texts that holds a card's number or a secret."""
    for name, text in named:
        if kinds := {*screen.forbidden(text), *(["CARD"] if find_pans(text) else [])}:
            raise Unclean(f"{name} holds {', '.join(sorted(kinds))}.")
