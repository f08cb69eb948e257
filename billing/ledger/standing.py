"""How a budget stands, as the database told it with an answer."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing.ledger.models import Budget


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget at one moment; `bound` is what it admits now and `resets` the seconds until its period ends."""

    id: UUID
    source: str
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
        """Return the scope as people read it: ``plan``, ``org``, ``role developer``."""
        if self.source == Budget.Source.PLAN:
            return "plan"
        return f"{self.scope} {self.scope_id}".strip()


def standing_of(told: dict[str, Any]) -> Standing:
    """Return what ``ledger_standing`` told."""
    return Standing(**{**told, "id": UUID(told["id"])})
