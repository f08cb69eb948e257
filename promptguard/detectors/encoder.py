"""Tier 2 and 3: a small transformer, loaded when first needed, on one thread.

It reads a text with its channel as a prefix, alone or paired with the protected sentences of the system prompt.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from promptguard.model_store import Artefact

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Encoding, Tokenizer

TEXT_TOKENS = 96  # with the prefix; about 400 characters of English
PAIR_TOKENS = 176
ALONE, PAIR = 0, 1


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
    """The exported transformer of an artefact. Nothing is loaded before the first score."""

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
        return onnxruntime.InferenceSession(self.artefact.read("model.onnx"), options)

    def score(self, channel: str, text: str, protected: str | None = None) -> float:
        """Return the log-odds that `text` is an injection, or goes after what `protected` guards."""
        encoding = encode_input(self._tokenizer, channel, text, protected)
        inputs = {
            "tokens": np.array([encoding.ids], np.int64),
            "mask": np.array([encoding.attention_mask], np.int64),
            "types": np.array([encoding.type_ids], np.int64),
        }
        return float(self._session.run(None, inputs)[0][0, ALONE if protected is None else PAIR])
