"""What a plan lets an organisation have."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a plan. `requests`, `tokens` and `spend_nanos` are for a calendar month; `None` is no bound.

    `spend_nanos` is in 10⁻⁹ US dollars; `models` are the names of models that may be called, `None` for any.
    """

    requests: int | None
    tokens: int | None
    spend_nanos: int | None
    seats: int | None
    models: tuple[str, ...] | None
    retention_days: int
    requests_per_minute: int

    def as_json(self) -> dict[str, Any]:
        """Return what is stored with an entitlement."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the limits that were stored."""
        models = stored["models"]
        return cls(**{**stored, "models": None if models is None else tuple(models)})
