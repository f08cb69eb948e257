"""What other rooms show on the page of a dispute: each registers a template and what it is drawn with."""

from collections.abc import Callable, Iterator
from typing import Any

from billing.disputes.models import DisputeCase

Facts = Callable[[DisputeCase], dict[str, Any]]
_cards: list[tuple[str, Facts]] = []


def shows(template: str, facts: Facts) -> None:
    """Have `template` drawn on each dispute's page with `facts(case)`; called when apps are loaded."""
    _cards.append((template, facts))


def cards(case: DisputeCase) -> Iterator[dict[str, Any]]:
    """Yield what the rooms show of a case, whose organisation is open."""
    for template, facts in _cards:
        yield {"template": template, **facts(case)}
