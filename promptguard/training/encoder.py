"""Fine-tuning the encoder on the CPU: inputs with their channel, batches of like length, one loss over all heads."""

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch  # type: ignore[import-not-found, unused-ignore]
from tokenizers import Encoding, Tokenizer

from promptguard.detectors.encoder import ALONE, OUTPUTS, PAIR, encode_input
from promptguard.training.bert import Classifier

BATCH_TOKENS = 1024  # tokens with padding in one step
WARM_UP = 40  # steps
SMOOTHING = 0.02  # some labels are wrong


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to learn: the encoded input and what each head should answer; it is silent about the other heads."""

    encoding: Encoding
    labels: Mapping[int, bool]


def task(tokenizer: Tokenizer, channel: str, text: str, protected: str | None, label: bool) -> Task:
    """Return the task of judging `text` alone, or against `protected` sentences where they are given."""
    encoding = encode_input(tokenizer, channel, text, protected)
    return Task(encoding, {ALONE if protected is None else PAIR: label})


def batches(tasks: Sequence[Task], seed: int) -> Iterator[list[Task]]:
    """Yield the tasks once in batches of about `BATCH_TOKENS`, of like length, in random order."""
    rng = random.Random(seed)  # noqa: S311  (shuffling, not a secret)
    order = sorted(tasks, key=lambda one: (len(one.encoding.ids) + rng.random() * 4, rng.random()))
    groups, group = list[list[Task]](), list[Task]()
    for one in order:
        if group and len(one.encoding.ids) * (len(group) + 1) > BATCH_TOKENS:
            groups.append(group)
            group = []
        group.append(one)
    groups.append(group)
    rng.shuffle(groups)
    yield from groups


def tensors(batch: Sequence[Task]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the ids, mask and types of a batch, padded to its longest input."""
    longest = max(len(one.encoding.ids) for one in batch)
    pad = [longest - len(one.encoding.ids) for one in batch]
    return (
        torch.tensor([one.encoding.ids + [0] * gap for one, gap in zip(batch, pad, strict=True)]),
        torch.tensor([[1] * len(one.encoding.ids) + [0] * gap for one, gap in zip(batch, pad, strict=True)]),
        torch.tensor([one.encoding.type_ids + [0] * gap for one, gap in zip(batch, pad, strict=True)]),
    )


def train(
    model: Classifier, tasks: Sequence[Task], seed: int, epochs: float, rate: float, log: Callable[[str], None]
) -> None:
    """Fine-tune `model` in place: AdamW, a short warm-up, then a straight line down to zero."""
    torch.manual_seed(seed)
    plan = [batch for epoch in range(math.ceil(epochs)) for batch in batches(tasks, seed + epoch)]
    steps = int(len(plan) * epochs / math.ceil(epochs))
    learned = [one for one in model.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / WARM_UP, max(0.0, (steps - step) / steps))
    )
    model.train()
    started, running = time.monotonic(), 0.7
    for step, batch in enumerate(plan[:steps]):
        loss = _loss(model, batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        schedule.step()
        running += (loss.item() - running) * 0.02
        if step % 50 == 0:
            log(f"step {step}/{steps} loss {running:.4f} {time.monotonic() - started:.0f} s")
    model.eval()


def _loss(model: Classifier, batch: Sequence[Task]) -> torch.Tensor:
    """Return the mean over the rows of what their labels say; heads that a row is silent about do not count."""
    labels, weights = torch.full((len(batch), OUTPUTS), 0.5), torch.zeros(len(batch), OUTPUTS)
    for row, one in enumerate(batch):
        for head, label in one.labels.items():
            labels[row, head] = 1 - SMOOTHING if label else SMOOTHING
            weights[row, head] = 1.0
    each = torch.nn.functional.binary_cross_entropy_with_logits(
        model(*tensors(batch))[0].float(), labels, weights, reduction="sum"
    )
    return each / len(batch)


@torch.inference_mode()  # type: ignore[untyped-decorator, unused-ignore]
def predict(model: Classifier, tasks: Sequence[Task]) -> list[float]:
    """Return the log-odds of the first head that each task speaks of, in order."""
    model.eval()
    places = sorted(range(len(tasks)), key=lambda place: len(tasks[place].encoding.ids))
    found = [0.0] * len(tasks)
    for start in range(0, len(places), 32):
        chosen = places[start : start + 32]
        logits, _ = model(*tensors([tasks[place] for place in chosen]))
        for row, place in enumerate(chosen):
            found[place] = float(logits[row, next(iter(tasks[place].labels))])
    return found
