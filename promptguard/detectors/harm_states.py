"""What the harm head reads: the states of a small encoder, trained on English sentences of all sorts, not on harm.

Fine-tuning would bind it to the harm seen; as it comes, its middle layers tell negation, quotation and intent apart in
texts unlike those the head learned from.
"""

from functools import cache
from pathlib import Path

import numpy as np

from promptguard.detectors.encoder import TEXT_TOKENS, Encoder
from promptguard.detectors.harm_head import Floats
from promptguard.model_store import load


class HarmStates(Encoder):
    """The encoder of the moderation artefact. Nothing is loaded before the first text."""

    def __call__(self, text: str) -> Floats:
        """Return the means of the token states of the last four layers, one after the other."""
        encoding = self._tokenizer.encode(text)
        encoding.truncate(TEXT_TOKENS)
        tokens = np.array([encoding.ids], np.int64)
        inputs = {"tokens": tokens, "mask": np.ones_like(tokens), "types": np.zeros_like(tokens)}
        return np.asarray(self._session.run(None, inputs)[0][0], np.float32)


@cache
def shared(root: Path) -> HarmStates:
    """Return the encoder of the moderation artefact in `root`, one for the process."""
    return HarmStates(load("moderation", root))
