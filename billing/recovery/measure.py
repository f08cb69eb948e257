"""The rate of failures avoided: its definition, its interval, and the field's claim that stands beside it."""

from dataclasses import dataclass
from math import sqrt

DEFINITION = (
    "avoided = (failures without the policy - failures with it) / failures without it; "
    "a failure is an invoice that is not paid 28 days after its first declined payment"
)
FIELD_CLAIM = 0.36
"""What the field's advertisement says is avoided. We know neither its definition nor its data; it is not ours."""
FIELD_LABEL = "the field's claim of 36 %: an advertisement's number, its definition and data are not known"
_Z = 1.959964
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`avoided` of `failures` that there would have been; with Wilson's 95 % interval."""

    avoided: int
    failures: int

    @property
    def share(self) -> float:
        """The rate; 0 where nothing failed."""
        return self.avoided / self.failures if self.failures else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The bounds of the 95 % interval (Wilson's score); everything where nothing failed."""
        n = self.failures
        if not n:
            return 0.0, 1.0
        centre = (self.share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * sqrt(self.share * (1 - self.share) / n + _Z**2 / (4 * n**2))
        return max(0.0, centre - half), min(1.0, centre + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:.1%} (95 %: {low:.1%} to {high:.1%})"
