"""Nanos into cents so that nothing is lost: lines add up to their total, and what is below a cent is carried on.

The total is rounded down once. Each line is rounded down, and the cents that are missing then go to the lines with the
largest remainders (the method of Hamilton), of equal ones to the first by name: the same usage makes the same lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

NANOS_PER_CENT = 10**7
"""The ledger counts 10⁻⁹ US dollars."""
Key = TypeVar("Key", bound=tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Rounded(Generic[Key]):
    """The cents of each line, and the nanos that are left for the next period: fewer than a cent."""

    cents: dict[Key, int]
    carried: int


def rounded(nanos: Mapping[Key, int], carried: int = 0) -> Rounded[Key]:
    """Return the lines in cents of amounts in nanos, with what the period before had `carried` on.

    Σ nanos + carried before = 10⁷ · Σ cents + carried after, always.
    """
    total, left = divmod(sum(nanos.values()) + carried, NANOS_PER_CENT)
    cents = {key: amount // NANOS_PER_CENT for key, amount in nanos.items()}
    missing = total - sum(cents.values())
    for key in sorted(nanos, key=lambda key: (-(nanos[key] % NANOS_PER_CENT), key))[:missing]:
        cents[key] += 1
    return Rounded(cents, left)
