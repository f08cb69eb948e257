"""Tier 2 and 3: a small multilingual transformer, loaded when first needed, on one thread.

It reads a text with its channel as a prefix, alone or paired with the protected sentences of the system prompt: the
columns of the log-odds are `ALONE` and `PAIR`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from promptguard.model_store import Artefact, load

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Encoding, Tokenizer

TEXT_TOKENS = 96  # with the prefix; about 400 characters of English
PAIR_TOKENS = 176
ALONE, PAIR = 0, 1
OUTPUTS = 2
REMEMBERED = 8  # passes: detectors that read one passage in turn ask once

Floats = npt.NDArray[np.float32]


def encode_input(tokenizer: "Tokenizer", channel: str, text: str, protected: str | None) -> "Encoding":
    """Return the token ids of one input; `tokenizer` must not truncate or pad by itself."""
    prefixed = f"{channel}: {text}"
    if protected is None:
        encoding = tokenizer.encode(prefixed)
        encoding.truncate(TEXT_TOKENS)
        return encoding
    encoding = tokenizer.encode(prefixed, protected)
    encoding.truncate(PAIR_TOKENS)
    return encoding


@dataclass(frozen=True)
class Encoder:
    """The exported transformer of an artefact. Nothing is loaded before the first question."""

    artefact: Artefact

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer  # noqa: PLC0415  (10 MB that processes without the encoder never load)

        tokenizer = Tokenizer.from_str(self.artefact.read("tokenizer.json").decode())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _session(self) -> "onnxruntime.InferenceSession":
        import onnxruntime  # noqa: PLC0415  (60 MB that processes without the encoder never load)

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        with self.artefact.as_file("model.onnx") as path:
            return onnxruntime.InferenceSession(path, options)

    @cached_property
    def _remembering(self) -> Callable[[str, str, str | None], tuple[Floats, Floats]]:
        return lru_cache(REMEMBERED)(self._ask)

    def load(self) -> None:
        """Read the weights now."""
        self._tokenizer, self._session  # noqa: B018

    def logits(self, channel: str, text: str, protected: str | None = None) -> Floats:
        """Return the log-odds [OUTPUTS] of one input; the last few passes are remembered."""
        return self._remembering(channel, text, protected)[0]

    def states(self, channel: str, text: str) -> Floats:
        """Return the means of the token states after the last layers, for heads trained on top of them."""
        return self._remembering(channel, text, None)[1]

    def _ask(self, channel: str, text: str, protected: str | None) -> tuple[Floats, Floats]:
        encoding = encode_input(self._tokenizer, channel, text, protected)
        inputs = {
            "tokens": np.array([encoding.ids], np.int64),
            "mask": np.array([encoding.attention_mask], np.int64),
            "types": np.array([encoding.type_ids], np.int64),
        }
        logits, states = self._session.run(["logits", "states"], inputs)
        return logits[0], states[0]

    def score(self, channel: str, text: str, protected: str | None = None) -> float:
        """Return the log-odds that `text` is an injection, or goes after what `protected` guards."""
        return float(self.logits(channel, text, protected)[ALONE if protected is None else PAIR])


@cache
def shared(root: Path) -> Encoder:
    """Return the encoder in `root`, one for all detectors of the process."""
    return Encoder(load("encoder", root))
