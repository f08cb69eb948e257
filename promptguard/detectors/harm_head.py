"""The harm head: a small network that reads an encoder's states and says how harmful a text is, and of which kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from promptguard.model_store import ArtefactRefused

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HarmHead:
    """One hidden layer: `inner` [states, hidden] and `outer` [hidden, 1 + kinds], each with its bias.

    States are first brought to mean 0 and deviation 1 by `mean` and `scale`.
    """

    mean: Floats
    scale: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[np.floating]]) -> Self:
        """Return the head whose parts stand in `arrays` under their names; refuses figures that are none."""
        parts = {name: arrays[f"head_{name}"].astype(np.float32) for name in cls.__slots__}
        if not all(np.isfinite(part).all() for part in parts.values()):
            raise ArtefactRefused("the harm head holds figures that are not finite")
        return cls(**parts)

    def __call__(self, states: Floats) -> Floats:
        """Return the log-odds [texts, 1 + kinds] of `states` [texts, states]: of any harm first, then of each kind."""
        hidden = np.maximum((states - self.mean) * self.scale @ self.inner + self.inner_bias, 0)
        return np.asarray(hidden @ self.outer + self.outer_bias, np.float32)
