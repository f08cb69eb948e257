"""A reading: text as the guard sees it, with the way back to the text it was read from."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
CodePoints = npt.NDArray[np.uint32]

MAX_DEPTH: Final = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a text.

    `origins` has ``len(text) + 1`` entries: the code point of the segment that each character comes from, and the end
    of the last one; ``None`` when every character stands where it stood. `mirrored` tells that they may run backwards.
    """

    text: str
    origins: Positions | None = None
    steps: tuple[str, ...] = ()
    mirrored: bool = False

    def then(self, text: str, origins: Positions | None, step: str, *, mirrored: bool = False) -> "Reading":
        """Return the reading that undoing `step` gives; `origins` speak of characters of this reading."""
        if origins is None:
            whole = self.origins
        elif self.origins is None:
            whole = origins
        else:
            whole = self.origins[origins]
        return Reading(text, whole, (*self.steps, step), self.mirrored or mirrored)


def code_points(text: str) -> CodePoints:
    """Return the code points of `text`, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def text_of(points: CodePoints) -> str:
    """Return the text that `points` spell."""
    return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def identity(length: int) -> Positions:
    """Return the origins of a text of `length` characters that nothing was done to."""
    return np.arange(length + 1, dtype=np.int64)
