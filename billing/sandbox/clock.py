"""The sandbox's own clock: it runs with the machine's, and can be moved forward."""

import time
from collections.abc import Callable
from dataclasses import dataclass

DAY = 86_400


def _machine() -> int:
    return int(time.time())


@dataclass(slots=True)
class Clock:
    """Seconds since 1970, UTC. `base` is what it runs with, `offset` how far it was moved."""

    base: Callable[[], int] = _machine
    offset: int = 0

    def now(self) -> int:
        return self.base() + self.offset

    def reach(self, moment: int) -> None:
        """Move forward to `moment`; a moment that has passed changes nothing."""
        self.offset += max(0, moment - self.now())


def standing(moment: int) -> Clock:
    """Return a clock that moves only when it is moved, for tests."""
    return Clock(base=lambda: moment)
