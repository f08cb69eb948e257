"""What stops when a member leaves, for the page where they are removed. The apps above this one, which know, tell."""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing that stops, the person it stops with, and the page where somebody else can take it over."""

    user_id: uuid.UUID
    name: str
    url: str


Finder = Callable[[Collection[uuid.UUID]], list[Stop]]
_finders: list[Finder] = []


def tells(finder: Finder) -> Finder:
    """Register what finds, in the open organisation, the things that stop with people."""
    _finders.append(finder)
    return finder


def stops(people: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Stop]]:
    """Return what stops with each of the people who have something that does."""
    found: dict[uuid.UUID, list[Stop]] = {}
    for finder in _finders:
        for stop in finder(people):
            found.setdefault(stop.user_id, []).append(stop)
    return found
