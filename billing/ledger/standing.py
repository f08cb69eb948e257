"""How a budget stands, as the database told it with an answer."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget at one moment; `bound` is what it admits now and `resets` the seconds until its period ends."""

    id: UUID
    scope: str
    scope_id: str
    unit: str
    period: str
    bound: int
    used: int
    reserved: int
    resets: int | None

    @property
    def remaining(self) -> int:
        """Return what is neither used nor held."""
        return max(0, self.bound - self.used - self.reserved)

    @property
    def level(self) -> str:
        """Return the scope as people read it: ``org``, ``role developer``."""
        return f"{self.scope} {self.scope_id}".strip()


def standing_of(told: dict[str, Any]) -> Standing:
    """Return what ``ledger_standing`` told."""
    return Standing(**{**told, "id": UUID(told["id"])})


def tightest(standings: tuple[Standing, ...]) -> Standing:
    """Return the budget of which the smallest share is left."""
    return min(standings, key=lambda one: (one.remaining / one.bound, one.remaining, str(one.id)))
