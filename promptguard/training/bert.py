"""A BERT encoder in plain torch, small enough to read, that takes E5's weights and exports to ONNX.

Linear heads read the means of the token states after the last four layers: whether a text is an injection by itself,
and whether it goes after what the second half of the input (sentences of the system prompt) protects. The means are an
output too, for what is learned on top of them.
"""

from collections.abc import Sequence

import numpy as np
import torch  # type: ignore[import-not-found, unused-ignore]
from torch import Tensor, nn

from promptguard.detectors.encoder import OUTPUTS
from promptguard.training.e5 import Packed

KEPT = (0, 1, 2, 3, 4, 5)  # of E5's twelve layers
READ = 4  # of the last layers, by the heads: what is said plainly shows late, negation and quoting earlier
FROZEN = 2  # of the kept ones: what languages have in common is learned below, and a fifth of the training time saved
WIDTH, HEADS, INNER, BLOCK = 384, 12, 1536, 32
POSITIONS = 192


class Words(nn.Module):  # type: ignore[misc, unused-ignore]
    """The embeddings of the pieces as E5 comes: four bits a weight, one scale for each block; never trained."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.register_buffer("pairs", torch.zeros(vocabulary, WIDTH // BLOCK, BLOCK // 2, dtype=torch.uint8))
        self.register_buffer("scales", torch.zeros(vocabulary, WIDTH // BLOCK, 1, dtype=torch.float16))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the embeddings [batch, tokens, WIDTH]."""
        pairs = self.pairs[tokens].to(torch.int32)
        high = torch.div(pairs, 16, rounding_mode="floor")
        whole = torch.cat([pairs - high * 16, high], dim=-1).to(torch.float32) - 8.0
        return (whole * self.scales[tokens].to(torch.float32)).view(*tokens.shape, WIDTH)


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
    """The encoder with its heads: [batch, OUTPUTS] log-odds and the [batch, READ * WIDTH] means they read."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.words = Words(vocabulary)
        self.places, self.types = nn.Embedding(POSITIONS, WIDTH), nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in KEPT)
        self.heads = nn.Linear(READ * WIDTH, OUTPUTS)

    def forward(self, tokens: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """Return the log-odds and the means for [batch, tokens] ids with their attention mask and token types."""
        states = self.words(tokens) + self.places(torch.arange(tokens.shape[1])) + self.types(types)
        states = self.norm(states)
        hidden = (1.0 - mask[:, None, None, :].to(states.dtype)) * -1e4
        kept = mask[:, :, None].to(states.dtype)
        means = list[Tensor]()
        for layer in self.layers:
            states = layer(states, hidden)
            means.append((states * kept).sum(1) / kept.sum(1))
        read = torch.cat(means[-READ:], dim=1)
        return self.heads(read), read


_NAMES = {
    "query": "q",
    "key": "k",
    "value": "v",
    "out": "ao",
    "norm_one": "aln",
    "wide": "fi",
    "narrow": "fo",
    "norm_two": "oln",
}


def pretrained(packed: Packed, places: Sequence[int]) -> Classifier:
    """Return a classifier with the kept layers of E5, the embeddings of the pieces at `places`, and fresh heads."""
    model = Classifier(len(places))
    named = {
        "places.weight": packed.tensors["emb.pos"].reshape(-1, WIDTH)[:POSITIONS],
        "types.weight": packed.tensors["emb.type"],
        "norm.weight": packed.tensors["emb.ln.w"],
        "norm.bias": packed.tensors["emb.ln.b"],
        "words.pairs": packed.pairs[np.array(places)],
        "words.scales": packed.scales[np.array(places)],
    }
    for index, layer in enumerate(KEPT):
        for ours, theirs in _NAMES.items():
            for part in ("weight", "bias"):
                named[f"layers.{index}.{ours}.{part}"] = packed.tensors[f"l{layer}.{theirs}.{part[0]}"]
    state = model.state_dict()
    state.update({name: torch.tensor(value).reshape(state[name].shape) for name, value in named.items()})
    model.load_state_dict(state)
    return frozen(model)


def frozen(model: Classifier) -> Classifier:
    """Return `model` with what is never trained fixed: everything below the `FROZEN` first layers, and them."""
    for part in (model.places, model.types, model.norm, *model.layers[:FROZEN]):
        part.requires_grad_(requires_grad=False)
    return model
