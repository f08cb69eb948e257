"""A BERT encoder in plain torch, small enough to read, that takes MiniLM's weights and exports to ONNX.

Two linear heads read the mean of the token states: whether a text is an injection by itself, and whether it goes after
what the second half of the input (sentences of the system prompt) protects.
"""

import json
from pathlib import Path

import torch  # type: ignore[import-not-found, unused-ignore]
from safetensors.torch import load_file  # type: ignore[import-not-found, unused-ignore]
from torch import Tensor, nn

LAYERS, WIDTH, HEADS, INNER = 6, 384, 12, 1536
POSITIONS = 512


class Layer(nn.Module):  # type: ignore[misc, unused-ignore]
    """One block: attention, then the two dense layers, each with its residual and norm."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.wide, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm_one, self.norm_two = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)
        self.dropout = nn.Dropout(0.1)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return the next states [batch, tokens, WIDTH]; `mask` is 0 for tokens and very negative for padding."""
        batch, length = states.shape[0], states.shape[1]
        query, key, value = (
            part(states).view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        weights = torch.softmax(query @ key.transpose(2, 3) / (WIDTH // HEADS) ** 0.5 + mask, dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, length, WIDTH)
        states = self.norm_one(states + self.dropout(self.out(mixed)))
        return self.norm_two(states + self.dropout(self.narrow(nn.functional.gelu(self.wide(states)))))


class Classifier(nn.Module):  # type: ignore[misc, unused-ignore]
    """The encoder with its two heads; the output is [batch, 2] log-odds: alone, and against the system prompt."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.places, self.types = nn.Embedding(POSITIONS, WIDTH), nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.heads = nn.Linear(WIDTH, 2)

    def forward(self, tokens: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Return the log-odds of [batch, tokens] ids with their attention mask and token types."""
        states = self.words(tokens) + self.places(torch.arange(tokens.shape[1])) + self.types(types)
        states = self.norm(states)
        hidden = (1.0 - mask[:, None, None, :].to(states.dtype)) * -1e4
        for layer in self.layers:
            states = layer(states, hidden)
        kept = mask[:, :, None].to(states.dtype)
        return self.heads((states * kept).sum(1) / kept.sum(1))


_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "out": "attention.output.dense",
    "norm_one": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "norm_two": "output.LayerNorm",
}


def pretrained(directory: Path) -> Classifier:
    """Return a classifier with the weights in `directory` (a sentence-transformers MiniLM) and fresh heads."""
    stored = load_file(directory / "model.safetensors")
    vocabulary = json.loads((directory / "config.json").read_text())["vocab_size"]
    model = Classifier(vocabulary)
    renamed = {
        "words.weight": stored["embeddings.word_embeddings.weight"],
        "places.weight": stored["embeddings.position_embeddings.weight"],
        "types.weight": stored["embeddings.token_type_embeddings.weight"],
        **{f"norm.{part}": stored[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias")},
        **{f"heads.{part}": value for part, value in model.heads.state_dict().items()},
    }
    for index in range(LAYERS):
        for ours, theirs in _NAMES.items():
            for part in ("weight", "bias"):
                renamed[f"layers.{index}.{ours}.{part}"] = stored[f"encoder.layer.{index}.{theirs}.{part}"]
    model.load_state_dict(renamed)
    return model
