"""Training moderation: n-grams, rules and the encoder's head, calibrated on sources and families left out."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from promptguard.detectors.harm_model import PASSAGE, States, harm_score, total
from promptguard.detectors.harm_patterns import HARM_RULES
from promptguard.detectors.harm_states import HarmStates
from promptguard.detectors.moderation import KINDS
from promptguard.detectors.tails import Tail, fit_tail
from promptguard.evaluation.metrics import area, average_precision
from promptguard.model_store import ARTIFACTS, Artefact, packed, save
from promptguard.training.examples import public_examples
from promptguard.training.grammars import family_examples
from promptguard.training.grammars.harm import Harm
from promptguard.training.harm import ALL, harms
from promptguard.training.harm_head import fit_head
from promptguard.training.logistic import Bags, Floats, bags, fit_bags, fit_dense
from promptguard.training.operating_point import upper, weights_by_source

RIDGE = 1.0
RULE_RIDGE = 2.0
TARGET = 0.012  # of harmless texts, sources weighing the same
GATE = 0.25  # of harmless texts, that the encoder looks at
RARITIES = (0.0, 0.15, 0.3, 0.6, 1.0, 1.3, 1.7, 2.0, 2.3, 2.7)
GRAMMAR_ROWS = 65  # of each family and side
LONGEST = 320  # characters that n-grams read of a training text
_START = np.zeros(1, np.int64)
_PROMPTS = (
    "clinc/oos-eval",
    "teknium1/GPTeacher",
    "yizhongw/self-instruct",
    "S-Labs prompt-injection",
    "leolee99/InjecGuard wildguard-benign",
)
_MOST_PROMPTS = 500  # of one source
_FOLDS = 6
_SCARCE = "clean prompts"  # what sources without harmless rows of their own are told from
Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rows:
    """Examples with all that the models read of them: n-grams, rules and states, a row each."""

    examples: Sequence[Harm]
    ngrams: Bags
    rules: Floats
    states: npt.NDArray[np.float32]
    targets: npt.NDArray[np.float32]  # [rows, 1 + kinds]: harmful at all, then each kind
    weights: npt.NDArray[np.float32]  # of the same shape; zero where a label says nothing

    @property
    def harmful(self) -> npt.NDArray[np.bool_]:
        """Return which rows are of any kind."""
        return self.targets[:, 0] > 0


@dataclass(frozen=True, slots=True)
class Scores:
    """What the three models say of each row."""

    ngrams: Floats
    rules: Floats
    head: Floats


def train_moderation(
    directory: Path, seed: int, log: Log, files: Mapping[str, bytes], root: Path = ARTIFACTS
) -> Artefact:
    """Train on the public data in `directory` and the families; write the artefact beside the encoder's `files`."""
    states = HarmStates(save("moderation", {}, files, root))
    found = read_rows([*harms(directory, seed, GRAMMAR_ROWS), *_prompts(directory, seed)], states)
    scores = left_out(found, seed)
    clean = ~found.harmful
    benign = weights_by_source([one.source for one, kept in zip(found.examples, clean, strict=True) if kept])
    ngram_tail, rule_tail, head_tail = (
        fit_tail(part[clean], benign, RARITIES) for part in (scores.ngrams, scores.rules, scores.head)
    )
    evidence = ngram_tail(scores.ngrams) + rule_tail(scores.rules)
    gate = upper(evidence[clean], benign, GATE)
    sums = np.asarray(total(evidence, head_tail(scores.head)))
    seen = np.where(evidence >= gate, sums, sums.min() - 1)
    threshold = upper(seen[clean], benign, TARGET)
    log("everything looked at")
    figures = report(found, sums, threshold, log)
    log("as served to those who ask for no scores: the encoder reads what the others are unsure of")
    settings = {"gate": gate, "threshold": threshold, "left_out": figures, "seed": seed, "examples": len(clean)}
    settings["gated"] = report(found, seen, threshold, log)
    tails = _named(ngram=ngram_tail, rule=rule_tail, head=head_tail)
    models = packed(**_final(found, seed), **tails)
    return save("moderation", settings, {**files, "moderation.npz": models}, root)


def _final(found: Rows, seed: int) -> dict[str, npt.NDArray[np.floating]]:
    """Return the parts of the models fitted on everything."""
    weights, bias = fit_bags(found.ngrams, _labels(found), _row_weights(found), RIDGE, seed)
    rule_weights, rule_bias = fit_dense(found.rules, _labels(found), _row_weights(found), RULE_RIDGE)
    head = fit_head(found.states, found.targets, found.weights, seed)
    return {
        "weights": weights.astype(np.float16),
        "bias": np.array(bias),
        "rule_weights": rule_weights,
        "rule_bias": np.array(rule_bias),
        **{f"head_{name}": getattr(head, name).astype(np.float16) for name in head.__slots__},
    }


def _named(**tails: Tail) -> dict[str, Floats]:
    named = {f"{name}_scores": tail.scores for name, tail in tails.items()}
    return named | {f"{name}_rarities": tail.rarities for name, tail in tails.items()}


def _prompts(directory: Path, seed: int) -> list[Harm]:
    """Return ordinary prompts and the twins of the injection grammar: clean of every kind."""
    found, counts = list[Harm](), dict.fromkeys(_PROMPTS, 0)
    for one in public_examples(directory):
        if not one.attack and counts.get(one.source, _MOST_PROMPTS) < _MOST_PROMPTS:
            counts[one.source] += 1
            found.append(Harm(one.text, frozenset(), one.source, ALL, one.source))
    twins = (one for one in family_examples(seed, 40) if not one.attack)
    return [*found, *(Harm(one.text, frozenset(), "twins", ALL, "twins") for one in twins)]


def read_rows(examples: Sequence[Harm], states: States) -> Rows:
    """Return `examples` with all that the models read of them."""
    weights = _weights(examples)
    known = np.array([[True, *(kind in one.known for kind in KINDS)] for one in examples])
    return Rows(
        examples,
        bags([one.text[:LONGEST] for one in examples]),
        np.concatenate([HARM_RULES.windows(one.text[:LONGEST], _START) for one in examples]).astype(np.float64),
        np.stack([states(one.text[:PASSAGE]) for one in examples]),
        np.array([[bool(one.kinds), *(kind in one.kinds for kind in KINDS)] for one in examples], np.float32),
        (known * weights[:, None]).astype(np.float32),
    )


def _weights(examples: Sequence[Harm]) -> Floats:
    """Return a weight for each row: large sources count by the root of their size, families by their rows."""
    names = [one.group if one.group != one.source else f"{one.source}|{bool(one.kinds)}" for one in examples]
    _, index, sizes = np.unique(names, return_inverse=True, return_counts=True)
    weights = np.asarray(sizes[index], np.float64) ** -0.5
    return np.asarray(weights * len(weights) / weights.sum(), np.float64)


def _labels(found: Rows) -> Floats:
    return found.targets[:, 0].astype(np.float64)


def _row_weights(found: Rows) -> Floats:
    return found.weights[:, 0].astype(np.float64)


def left_out(found: Rows, seed: int) -> Scores:
    """Score every row by models that never saw its source, or for rows written here its family."""
    folds = fold_of(found.examples)
    scores = Scores(*(np.zeros(len(folds)) for _ in range(3)))
    for fold in range(_FOLDS):
        kept, left = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        labels, weights = _labels(found)[kept], _row_weights(found)[kept]
        model, bias = fit_bags(found.ngrams.take(kept), labels, weights, RIDGE)
        scores.ngrams[left] = found.ngrams.take(left).scores(model.astype(np.float32), bias)
        rule_weights, rule_bias = fit_dense(found.rules[kept], labels, weights, RULE_RIDGE)
        scores.rules[left] = found.rules[left] @ rule_weights + rule_bias
        head = fit_head(found.states[kept], found.targets[kept], found.weights[kept], seed)
        scores.head[left] = harm_score(head(found.states[left]))
    return scores


def fold_of(examples: Sequence[Harm]) -> npt.NDArray[np.int64]:
    """Return the fold of each row: sources with harm and families whole, harmless sources row by row."""
    harmful = sorted({one.source for one in examples if one.kinds and one.group == one.source})
    turn = {source: place % _FOLDS for place, source in enumerate(harmful)}
    names = [one.group if one.group != one.source else one.text for one in examples]
    drawn = [zlib.crc32(name.encode()) % _FOLDS for name in names]
    return np.array([turn.get(one.source, fold) for one, fold in zip(examples, drawn, strict=True)], np.int64)


def report(found: Rows, sums: Floats, threshold: float, log: Log) -> dict[str, list[float]]:
    """Print and return for each source left out: share flagged of harmful and clean, area and average precision."""
    sources, harmful, figures = np.array([one.source for one in found.examples]), found.harmful, {}
    for source in np.unique(sources).tolist():
        mine = sources == source
        compared = mine if not harmful[mine].all() else mine | (sources == _SCARCE)
        flagged = sums >= threshold
        row = [
            float(flagged[mine & harmful].mean()) if harmful[mine].any() else -1.0,
            float(flagged[mine & ~harmful].mean()) if not harmful[mine].all() else -1.0,
            area(sums[compared], harmful[compared]).value if harmful[mine].any() else -1.0,
            average_precision(sums[compared], harmful[compared]).value if harmful[mine].any() else -1.0,
        ]
        figures[source] = [round(figure, 4) for figure in row]
        log(f"  {source:34} recall {row[0]:7.3f} false positives {row[1]:7.4f} AUC {row[2]:6.3f} AP {row[3]:6.3f}")
    return figures
