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
        """Return whose budget it is, as people read it."""
        return level_of(self.source, self.scope, self.scope_id)


def level_of(source: str, scope: str, scope_id: str) -> str:
    """Return ``plan``, or the scope: ``org``, ``role developer``."""
    return "plan" if source == Budget.Source.PLAN else f"{scope} {scope_id}".strip()


def standing_of(told: dict[str, Any]) -> Standing:
    """Return what ``ledger_standing`` told."""
    return Standing(**{**told, "id": UUID(told["id"])})
