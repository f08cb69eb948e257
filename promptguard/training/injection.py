"""The training of the injection detector's first tier, told in order: read, cut, leave out, calibrate, fit, write."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from promptguard.detectors.tails import Tail
from promptguard.findings import Channel
from promptguard.model_store import ARTIFACTS, Artefact, save
from promptguard.training import operating_point, tier1
from promptguard.training.examples import Example, public_examples
from promptguard.training.grammars import family_examples, story_examples, switch_examples, world_examples
from promptguard.training.grammars.documents import document_examples
from promptguard.training.logistic import Floats

Log = Callable[[str], None]
FAMILY_ROWS, WORLD_ROWS, STORY_ROWS, SWITCH_ROWS, DOCUMENT_ROWS = 250, 90, 1500, 60, 220


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Tier 1 as it judges sources that it never saw: what every later stage is calibrated on."""

    examples: list[Example]
    windows: tier1.Windows
    scores: tier1.CrossFit
    tails: tuple[Tail, Tail]
    evidence: Floats


def leave_out(directory: Path, seed: int) -> LeftOut:
    """Read and cut all examples, and score each by a fit without its source or family."""
    examples = tier1_examples(directory, seed)
    windows = tier1.cut(examples)
    scores = tier1.cross_fit(examples, windows)
    tails = tier1.benign_tails(examples, windows, scores)
    return LeftOut(examples, windows, scores, tails, tier1.evidence(examples, windows, scores, tails))


def train_tier1(left: LeftOut, seed: int, log: Log, root: Path = ARTIFACTS) -> Artefact:
    """Fit tier 1 on everything, print how it did on what was left out, and write the artefact."""
    limits = operating_point.thresholds(left.examples, left.evidence)
    log(f"{len(left.examples)} examples, thresholds {limits}; rates with each source left out:")
    averages = operating_point.report(operating_point.rates(left.examples, left.evidence, limits), log)
    fitted = tier1.fit(left.examples, left.windows, np.ones(len(left.windows.owners), np.bool_))
    settings = {"thresholds": limits, "left_out": averages, "seed": seed, "examples": len(left.examples)}
    return save("injection", settings, {"tier1.npz": tier1.packed_model(fitted, left.tails)}, root)


def tier1_examples(directory: Path, seed: int) -> list[Example]:
    """Return what tier 1 learns from: texts that are attacks, or harmless, without knowing the system prompt."""
    public = [one for one in public_examples(directory) if one.channel is not Channel.SYSTEM and not one.needs_system]
    written = (
        family_examples(seed, FAMILY_ROWS),
        world_examples(seed, WORLD_ROWS),
        switch_examples(seed, SWITCH_ROWS),
        story_examples(seed, STORY_ROWS),
        document_examples(seed, DOCUMENT_ROWS),
    )
    return [*public, *(one for rows in written for one in rows)]
