"""The training of the injection artefact, told in order: read, cut, leave out, calibrate, fit, write."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from promptguard.findings import Channel
from promptguard.model_store import ARTIFACTS, Artefact, save
from promptguard.training import operating_point, tier1
from promptguard.training.examples import Example, public_examples

Log = Callable[[str], None]


def train_tier1(directory: Path, seed: int, log: Log, root: Path = ARTIFACTS) -> Artefact:
    """Train tier 1 on the public data in `directory` and the grammars, and write the artefact."""
    examples = tier1_examples(directory, seed)
    log(f"{len(examples)} examples")
    windows = tier1.cut(examples)
    left_out = tier1.cross_fit(examples, windows)
    tails = tier1.benign_tails(examples, windows, left_out)
    evidence = tier1.evidence(examples, windows, left_out, tails)
    limits = operating_point.thresholds(examples, evidence)
    log(f"thresholds {limits}; rates with each source left out:")
    averages = operating_point.report(operating_point.rates(examples, evidence, limits), log)
    fitted = tier1.fit(examples, windows, np.ones(len(windows.owners), np.bool_))
    settings = {"thresholds": limits, "left_out": averages, "seed": seed, "examples": len(examples)}
    return save("injection", settings, {"tier1.npz": tier1.packed_model(fitted, tails)}, root)


def tier1_examples(directory: Path, seed: int) -> list[Example]:
    """Return what tier 1 learns from: texts that are attacks, or harmless, without knowing the system prompt."""
    return [
        example
        for example in public_examples(directory)
        if not example.needs_system and example.channel is not Channel.SYSTEM
    ]
