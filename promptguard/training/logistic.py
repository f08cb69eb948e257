"""Logistic regression on hashed n-grams and on small dense matrices, in numpy alone.

A row of n-grams is a run of buckets that all carry the same value, ``1 / sqrt(length)``; that spares a sparse matrix.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from promptguard.detectors.ngrams import BUCKET_BITS, codes, grams

Floats = npt.NDArray[np.float64]
Loss = Callable[[Floats], tuple[float, Floats]]

BATCH = 2048  # texts in one step
RATE = 0.03


@dataclass(frozen=True, slots=True)
class Bags:
    """The n-grams of many texts: `buckets` end to end, text i at [offsets[i], offsets[i + 1])."""

    buckets: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]

    def take(self, chosen: npt.NDArray[np.int64]) -> "Bags":
        """Return the bags of the chosen texts."""
        sizes = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        buckets = np.empty(offsets[-1], np.int32)
        for place, row in enumerate(chosen):
            buckets[offsets[place] : offsets[place + 1]] = self.buckets[self.offsets[row] : self.offsets[row + 1]]
        return Bags(buckets, offsets)

    def scores(self, weights: npt.NDArray[np.floating], bias: float) -> Floats:
        """Return the log-odds of each text."""
        sizes = np.diff(self.offsets)
        sums = np.add.reduceat(weights[self.buckets], self.offsets[:-1], dtype=np.float64)
        return np.where(sizes > 0, sums / np.sqrt(np.maximum(sizes, 1)), 0) + bias


def bags(texts: Sequence[str]) -> Bags:
    """Return the n-grams of `texts`; none may be empty."""
    found = [grams(codes(text or " ")).buckets().astype(np.int32) for text in texts]
    return Bags(np.concatenate(found), np.concatenate([[0], np.cumsum([len(row) for row in found])]))


def fit_bags(
    data: Bags, labels: Floats, weights: Floats, ridge: float, seed: int = 0, epochs: int = 5
) -> tuple[Floats, float]:
    """Return the weights [buckets] and the bias that fit `labels` (0 or 1): Adam over batches, its steps dying out.

    `ridge` pulls the weights to zero, as decoupled weight decay; the last step of an epoch would else favour its batch.
    """
    size = 1 << BUCKET_BITS
    rng = np.random.default_rng(seed)
    point, speed, square = np.zeros(size + 1), np.zeros(size + 1), np.zeros(size + 1)
    count = -(-len(labels) // BATCH)
    for step in range(epochs * count):
        if step % count == 0:
            order = rng.permutation(len(labels))
        chosen = order[step % count * BATCH : (step % count + 1) * BATCH]
        gradient = _gradient(data.take(chosen), labels[chosen], weights[chosen], point)
        speed += 0.1 * (gradient - speed)
        square += 0.01 * (gradient * gradient - square)
        corrected = (speed / (1 - 0.9 ** (step + 1))) / (np.sqrt(square / (1 - 0.99 ** (step + 1))) + 1e-6)
        rate = RATE * (1 - step / (epochs * count))
        point -= rate * corrected
        point[:size] *= 1 - rate * ridge
    return point[:size], float(point[size])


def _gradient(data: Bags, labels: Floats, weights: Floats, point: Floats) -> Floats:
    """Return the slope of the mean loss of one batch at each weight and the bias."""
    lengths = np.diff(data.offsets)
    scores = data.scores(point[:-1].astype(np.float32), float(point[-1]))
    _, slope = _logistic(scores, labels, weights / len(labels))
    spread = np.repeat((slope / np.sqrt(lengths)).astype(np.float32), lengths)
    return np.append(np.bincount(data.buckets, weights=spread, minlength=len(point) - 1), slope.sum())


def fit_dense(matrix: Floats, labels: Floats, weights: Floats, ridge: float, rounds: int = 100) -> tuple[Floats, float]:
    """Return the weights [columns] and the bias that fit `labels` (0 or 1)."""

    def loss(point: Floats) -> tuple[float, Floats]:
        value, slope = _logistic(matrix @ point[:-1] + point[-1], labels, weights)
        gradient = np.append(matrix.T @ slope + ridge * point[:-1], slope.sum())
        return value + ridge / 2 * float(point[:-1] @ point[:-1]), gradient

    point = minimise(loss, np.zeros(matrix.shape[1] + 1), rounds)
    return point[:-1], float(point[-1])


def _logistic(scores: Floats, labels: Floats, weights: Floats) -> tuple[float, Floats]:
    """Return the weighted loss and its slope at each score."""
    value = float(weights @ (np.logaddexp(0, scores) - labels * scores))
    return value, weights * (1 / (1 + np.exp(-np.clip(scores, -500, 500))) - labels)


def minimise(loss: Loss, start: Floats, rounds: int, memory: int = 8) -> Floats:
    """Return where `loss` is least: L-BFGS (Nocedal and Wright, algorithm 7.5) with a halving line search."""
    point, pairs = start, list[tuple[Floats, Floats]]()
    value, gradient = loss(point)
    for _ in range(rounds):
        direction = -_two_loops(gradient, pairs)
        step = 1.0 if pairs else 1 / max(float(np.abs(gradient).sum()), 1.0)
        found = _line_search(loss, point, value, gradient, direction, step)
        if found is None:
            break
        moved, lower, slope = found
        if float((moved - point) @ (slope - gradient)) > 1e-12:
            pairs = [*pairs, (moved - point, slope - gradient)][-memory:]
        settled = value - lower < 1e-6 * abs(value)
        point, value, gradient = moved, lower, slope
        if settled:
            break
    return point


def _line_search(
    loss: Loss, point: Floats, value: float, gradient: Floats, direction: Floats, step: float
) -> tuple[Floats, float, Floats] | None:
    """Return the first halving of `step` that lowers the loss enough, or nothing."""
    slope = float(gradient @ direction)
    for _ in range(20):
        moved = point + step * direction
        lower, found = loss(moved)
        if lower <= value + 1e-4 * step * slope:
            return moved, lower, found
        step /= 2
    return None


def _two_loops(gradient: Floats, pairs: list[tuple[Floats, Floats]]) -> Floats:
    """Return the inverse Hessian, as the remembered steps tell it, times the gradient."""
    result, factors = gradient.copy(), list[float]()
    for step, change in reversed(pairs):
        factor = float(step @ result) / float(step @ change)
        factors.append(factor)
        result -= factor * change
    if pairs:
        step, change = pairs[-1]
        result *= float(step @ change) / float(change @ change)
    for (step, change), factor in zip(pairs, reversed(factors), strict=True):
        result += step * (factor - float(change @ result) / float(step @ change))
    return result
