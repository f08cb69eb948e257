"""The training of the encoder, told in order: vocabulary, rounds, export, one round more, thresholds."""

from collections.abc import Callable
from pathlib import Path

import torch  # type: ignore[import-not-found, unused-ignore]
from tokenizers import Tokenizer

from promptguard.detectors.encoder import Encoder
from promptguard.detectors.injection.protected import protected_sentences
from promptguard.detectors.injection.tier1 import Tier1
from promptguard.detectors.injection.tier2 import passage, prefix_of
from promptguard.model_store import ARTIFACTS, Artefact, load, save
from promptguard.training import calibration, curriculum, e5, encoder, vocabulary
from promptguard.training.bert import Classifier, pretrained
from promptguard.training.examples import Example, public_examples
from promptguard.training.export import from_onnx, to_onnx
from promptguard.training.injection import LeftOut

MOST_PAIRS = 2000
BROAD_RATE, REFINING_RATE, LAST_RATE = 2e-4, 1e-4, 6e-5
BESIDE = 150  # ordinary texts of each source left out, beside system prompts of others
Log = Callable[[str], None]


def train_encoder(directory: Path, seed: int, log: Log, root: Path = ARTIFACTS) -> Artefact:
    """Fine-tune the encoder and write it, without thresholds yet."""
    torch.set_num_threads(1)
    examples = public_examples(directory)
    packed = e5.read(e5.bundled())
    places = vocabulary.chosen(packed, vocabulary_texts(examples, seed))
    tokenizer = vocabulary.reduced(packed, places)
    model = pretrained(packed, places)
    fine_tune(model, examples, tokenizer, seed, log)
    return save("encoder", {}, {"model.onnx": to_onnx(model), "tokenizer.json": tokenizer.to_str().encode()}, root)


def refine(left: LeftOut, directory: Path, seed: int, log: Log, root: Path = ARTIFACTS) -> Artefact:
    """Train the exported encoder of `root` for one round more, from its eight bits, and set the thresholds."""
    torch.set_num_threads(1)
    examples, exported = public_examples(directory), load("encoder", root)
    tokenizer = Tokenizer.from_str(exported.read("tokenizer.json").decode())
    model = from_onnx(exported.read("model.onnx"))
    mined = worst(model, curriculum.to_mine(examples, seed + 2), tokenizer)
    tasks = curriculum.refining_round(examples, mined, tokenizer, seed + 2)
    log(f"refining round: {len(tasks)} tasks, {sum(len(one.encoding.ids) for one in tasks)} tokens")
    encoder.train(model, tasks, seed + 3, 1, REFINING_RATE, log)
    files = {"model.onnx": to_onnx(model), "tokenizer.json": tokenizer.to_str().encode()}
    return beside(left, directory, seed, log, save("encoder", {}, files, root), root)


def beside(left: LeftOut, directory: Path, seed: int, log: Log, refined: Artefact, root: Path = ARTIFACTS) -> Artefact:
    """Train for the last round, from eight bits again, and set the thresholds."""
    torch.set_num_threads(1)
    examples = public_examples(directory)
    tokenizer = Tokenizer.from_str(refined.read("tokenizer.json").decode())
    model = from_onnx(refined.read("model.onnx"))
    tasks = curriculum.beside_round(examples, tokenizer, seed + 2)
    log(f"last round: {len(tasks)} tasks, {sum(len(one.encoding.ids) for one in tasks)} tokens")
    encoder.train(model, tasks, seed + 4, 1, REFINING_RATE, log)
    return write(to_onnx(model), tokenizer, left, examples, seed, log, root)


def calibrate(left: LeftOut, directory: Path, seed: int, log: Log, root: Path = ARTIFACTS) -> Artefact:
    """Set the thresholds of the encoder in `root` anew, beside the tier 1 that is there."""
    held = load("encoder", root)
    tokenizer = Tokenizer.from_str(held.read("tokenizer.json").decode())
    return write(held.read("model.onnx"), tokenizer, left, public_examples(directory), seed, log, root)


def vocabulary_texts(examples: list[Example], seed: int) -> list[str]:
    """Return the texts whose pieces the vocabulary keeps."""
    return [one.text[: curriculum.LONGEST] for one in (*examples, *curriculum.written(seed))]


def fine_tune(model: Classifier, examples: list[Example], tokenizer: Tokenizer, seed: int, log: Log) -> None:
    """Take `model` through two broad rounds, each of another sample, and after each look for its own false alarms."""
    mined = list[Example]()
    for each in (seed, seed + 1):
        tasks = curriculum.broad_round(examples, mined, tokenizer, each)
        log(f"broad round: {len(tasks)} tasks, {sum(len(one.encoding.ids) for one in tasks)} tokens")
        encoder.train(model, tasks, each, 1, BROAD_RATE, log)
        mined = worst(model, curriculum.to_mine(examples, each), tokenizer)
    last = curriculum.last_round(mined, tasks, tokenizer, seed)
    log(f"last round: {len(last)} tasks")
    encoder.train(model, last, seed + 2, 1, LAST_RATE, log)


def worst(model: Classifier, harmless: list[Example], tokenizer: Tokenizer) -> list[Example]:
    """Return the harmless rows that look most like attacks to `model`."""
    tasks = [
        encoder.task(tokenizer, prefix_of(one.channel), one.text[: curriculum.LONGEST], None, False) for one in harmless
    ]
    scores = encoder.predict(model, tasks)
    order = sorted(range(len(harmless)), key=lambda place: -scores[place])
    return [harmless[place] for place in order[: curriculum.MINED]]


def write(
    onnx: bytes, tokenizer: Tokenizer, left: LeftOut, examples: list[Example], seed: int, log: Log, root: Path
) -> Artefact:
    """Calibrate the exported model on the sources left out and write the artefact with its thresholds."""
    files = {"model.onnx": onnx, "tokenizer.json": tokenizer.to_str().encode()}
    tier1 = Tier1.of(load("injection", root))
    raw = Encoder(save("encoder", {}, files, root))
    unseen = curriculum.unseen(examples, seed)
    found = calibration.sample(left, unseen, seed, raw.score)
    ordinary = curriculum.beside((one for one in examples if one in unseen and one.source != "own"), seed, BESIDE)
    rows = [*curriculum.unseen_pairs(examples, seed)[:MOST_PAIRS], *ordinary]
    pairs = [_pair(one, raw, tier1) for one in rows]
    settings = calibration.settings(found, pairs, log)
    return save("encoder", {"injection": settings, "seed": seed}, files, root)


def _pair(one: Example, raw: Encoder, tier1: Tier1) -> calibration.Pair:
    reading = tier1.read(one.text)
    start = int(reading.starts[reading.best])
    score = raw.score("user", passage(one.text, start), protected_sentences(one.system))
    return calibration.Pair(one.attack, float(reading.evidence[reading.best]), score, one.source)
