"""What may go wrong on purpose: deliveries twice, late and out of order, answers late or lost, events forged."""

import random
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Chaos:
    """Shares are between 0 and 1, times in seconds. The same seed makes the same trouble."""

    #: The share of deliveries that come twice.
    duplicate: float = 0.0
    #: Deliveries wait up to so long, each for itself: their order is lost.
    shuffle: float = 0.0
    #: The API answers after up to so long.
    latency: float = 0.0
    #: So many of the next writes are done, and their answer is lost (500).
    lose: int = 0
    #: So many of the next writes are not done, and no answer says so (500).
    miss: int = 0
    seed: int = 0
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def set(self, wanted: dict[str, Any]) -> None:
        """Take new values; raises ValueError for what is none."""
        names = {each.name for each in fields(self)} - {"dice"}
        for name, value in wanted.items():
            if name not in names or isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name} is no setting of chaos, or its value is no number of at least 0.")
            setattr(self, name, type(getattr(self, name))(value))
        self.dice.seed(self.seed)

    def shown(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "dice"}

    def delays(self) -> list[float]:
        """Return when a delivery comes, in seconds from now: once or twice."""
        times = 2 if self.dice.random() < self.duplicate else 1
        return [self.dice.uniform(0, self.shuffle) for _ in range(times)]

    def pause(self) -> float:
        """Return how long an answer waits."""
        return self.dice.uniform(0, self.latency)

    def misses(self) -> bool:
        """Tell whether this write is not done."""
        self.miss, missed = max(0, self.miss - 1), self.miss > 0
        return missed

    def loses(self) -> bool:
        """Tell whether this answer is lost."""
        self.lose, lost = max(0, self.lose - 1), self.lose > 0
        return lost
