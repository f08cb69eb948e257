"""Training moderation: one model of harm with sources left out, its benign tail, and one model for each kind."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from promptguard.detectors.harm_patterns import HARM_RULES
from promptguard.detectors.moderation import KIND_BITS, KINDS
from promptguard.detectors.ngrams import BUCKET_BITS
from promptguard.detectors.tails import fit_tail
from promptguard.evaluation.metrics import area, average_precision
from promptguard.model_store import ARTIFACTS, Artefact, packed, save
from promptguard.training.examples import public_examples
from promptguard.training.grammars import family_examples
from promptguard.training.grammars.harm import Harm
from promptguard.training.harm import harms
from promptguard.training.logistic import Bags, Floats, bags, fit_bags, fit_dense
from promptguard.training.operating_point import upper, weights_by_source

RIDGE = 1.0
RULE_RIDGE = 2.0
KIND_RIDGE = 1.0
TARGET = 0.012  # of harmless texts, sources weighing the same
RARITIES = (0.0, 0.15, 0.3, 0.6, 1.0, 1.3, 1.7, 2.0, 2.3, 2.7)
GRAMMAR_ROWS = 250  # of each kind
LONGEST = 320  # characters read of a training text: one window
_START = np.zeros(1, np.int64)
_PROMPTS = ("clinc/oos-eval", "teknium1/GPTeacher", "yizhongw/self-instruct", "S-Labs prompt-injection")
_MOST_PROMPTS = 1500  # of one source


def train_moderation(directory: Path, seed: int, log: Callable[[str], None], root: Path = ARTIFACTS) -> Artefact:
    """Train on the public data in `directory` and the grammar, and write the artefact."""
    examples = [*harms(directory, seed, GRAMMAR_ROWS), *_prompts(directory, seed)]
    data = bags([one.text[:LONGEST] for one in examples])
    labels = np.array([bool(one.kinds) for one in examples], np.float64)
    weights = _weights(examples, labels)
    rules = np.concatenate([HARM_RULES.windows(one.text[:LONGEST], _START) for one in examples]).astype(np.float64)
    scores, rule_scores = _left_out(examples, data, rules, labels, weights)
    harmless, sources = labels == 0, [one.source for one in examples]
    benign = weights_by_source([name for name, clean in zip(sources, harmless, strict=True) if clean])
    tail = fit_tail(scores[harmless], benign, RARITIES)
    rule_tail = fit_tail(rule_scores[harmless], benign, RARITIES)
    evidence = tail(scores) + rule_tail(rule_scores)
    threshold = upper(evidence[harmless], benign, TARGET)
    left_out = _report(examples, evidence, labels > 0, threshold, log)
    model, bias = fit_bags(data, labels, weights, RIDGE, seed)
    rule_weights, rule_bias = fit_dense(rules, labels, weights, RULE_RIDGE)
    kinds, biases = _kinds(examples, data, weights, seed)
    arrays = packed(
        weights=model.astype(np.float16),
        bias=np.array(bias),
        tail_scores=tail.scores,
        tail_rarities=tail.rarities,
        rule_weights=rule_weights,
        rule_bias=np.array(rule_bias),
        rule_scores=rule_tail.scores,
        rule_rarities=rule_tail.rarities,
        kinds=kinds.astype(np.float16),
        biases=biases,
    )
    settings = {"threshold": threshold, "left_out": left_out, "seed": seed, "examples": len(examples)}
    return save("moderation", settings, {"moderation.npz": arrays}, root)


def _prompts(directory: Path, seed: int) -> list[Harm]:
    """Return ordinary prompts and the twins of the injection grammar: clean of every kind."""
    known, found, counts = frozenset(KINDS), list[Harm](), dict.fromkeys(_PROMPTS, 0)
    for one in public_examples(directory):
        if not one.attack and counts.get(one.source, _MOST_PROMPTS) < _MOST_PROMPTS:
            counts[one.source] += 1
            found.append(Harm(one.text, frozenset(), one.source, known, one.source))
    twins = (one for one in family_examples(seed, 150) if not one.attack)
    return [*found, *(Harm(one.text, frozenset(), "twins", known, "twins") for one in twins)]


def _weights(examples: Sequence[Harm], labels: Floats) -> Floats:
    """Return a weight for each row: large sources count by the root of their size."""
    _, index, sizes = np.unique(
        [f"{one.source}|{label}" for one, label in zip(examples, labels, strict=True)],
        return_inverse=True,
        return_counts=True,
    )
    weights = np.asarray(sizes[index], np.float64) ** -0.5
    return np.asarray(weights * len(weights) / weights.sum(), np.float64)


def _left_out(
    examples: Sequence[Harm], data: Bags, rules: Floats, labels: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """Score every row, by n-grams and by rules, by fits that never saw its source."""
    sources = np.array([one.source for one in examples])
    scores, rule_scores = np.zeros(len(examples)), np.zeros(len(examples))
    for source in np.unique(sources):
        kept = np.flatnonzero(sources != source)
        model, bias = fit_bags(data.take(kept), labels[kept], weights[kept], RIDGE)
        left = np.flatnonzero(sources == source)
        scores[left] = data.take(left).scores(model.astype(np.float32), bias)
        rule_weights, rule_bias = fit_dense(rules[kept], labels[kept], weights[kept], RULE_RIDGE)
        rule_scores[left] = rules[left] @ rule_weights + rule_bias
    return scores, rule_scores


def _report(
    examples: Sequence[Harm],
    evidence: Floats,
    harmful: npt.NDArray[np.bool_],
    threshold: float,
    log: Callable[[str], None],
) -> dict[str, list[float]]:
    """Print and return for each source left out: share flagged of harmful and clean, area and average precision."""
    sources, found = np.array([one.source for one in examples]), {}
    for source in np.unique(sources).tolist():
        mine = sources == source
        compared = mine if (harmful[mine].any() and not harmful[mine].all()) else mine | (sources == "clean prompts")
        figures = [
            float((evidence[mine & harmful] >= threshold).mean()) if (mine & harmful).any() else -1.0,
            float((evidence[mine & ~harmful] >= threshold).mean()) if (mine & ~harmful).any() else -1.0,
            area(evidence[compared], harmful[compared]).value if harmful[compared].any() else -1.0,
            average_precision(evidence[compared], harmful[compared]).value if harmful[compared].any() else -1.0,
        ]
        found[source] = [round(figure, 4) for figure in figures]
        log(f"  {source:36} recall {figures[0]:7.3f} false positives {figures[1]:7.4f} AUC {figures[2]:6.3f}")
    return found


def _kinds(examples: Sequence[Harm], data: Bags, weights: Floats, seed: int) -> tuple[Floats, Floats]:
    """Fit each kind on the rows whose labels speak for it."""
    small = Bags(data.buckets >> (BUCKET_BITS - KIND_BITS), data.offsets)
    models, biases = np.zeros((1 << KIND_BITS, len(KINDS))), np.zeros(len(KINDS))
    for place, kind in enumerate(KINDS):
        kept = np.flatnonzero([kind in one.known for one in examples])
        labels = np.array([kind in examples[row].kinds for row in kept.tolist()], np.float64)
        model, biases[place] = fit_bags(small.take(kept), labels, weights[kept], KIND_RIDGE, seed, epochs=3)
        models[:, place] = model[: 1 << KIND_BITS]
    return models, biases
