"""Fitting the harm head in numpy: Adam, dropout and weight decay, on states that were computed once."""

import numpy as np
import numpy.typing as npt

from promptguard.detectors.harm_head import HarmHead

Floats = npt.NDArray[np.float32]

HIDDEN = 192
EPOCHS, BATCH, RATE = 10, 256, 2e-3
DECAY = 0.2
DROPPED_STATES, DROPPED_HIDDEN = 0.25, 0.5
KIND_WEIGHT = 0.3  # of each kind, beside "harmful at all"
SMOOTHING = 0.02  # some labels are wrong


def fit_head(states: Floats, targets: Floats, weights: Floats, seed: int) -> HarmHead:
    """Return the head that fits `targets` [texts, 1 + kinds] (0 or 1), each counting by `weights` of that shape."""
    rng = np.random.default_rng(seed)
    mean, scale = states.mean(axis=0), 1 / (states.std(axis=0) + 1e-3)
    whole = ((states - mean) * scale).astype(np.float32)
    wanted = (targets * (1 - SMOOTHING) + SMOOTHING / 2).astype(np.float32)
    counted = weights.astype(np.float32) * np.array([1.0] + [KIND_WEIGHT] * (targets.shape[1] - 1), np.float32)
    point = _start(states.shape[1], targets.shape[1], rng)
    speeds, squares = [np.zeros_like(part) for part in point], [np.zeros_like(part) for part in point]
    steps = EPOCHS * (len(whole) // BATCH)
    for step in range(steps):
        chosen = rng.integers(0, len(whole), BATCH)
        gradients = _gradients(point, whole[chosen], wanted[chosen], counted[chosen], rng)
        rate = RATE * min(1.0, step / (0.2 * steps)) * min(1.0, (steps - step) / (0.8 * steps))
        for part, gradient, speed, square in zip(point, gradients, speeds, squares, strict=True):
            speed += 0.1 * (gradient - speed)
            square += 0.001 * (gradient * gradient - square)
            corrected = speed / (1 - 0.9 ** (step + 1)) / (np.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-8)
            part -= rate * (corrected + DECAY * part)
    return HarmHead(mean, scale, *point)


def _start(width: int, outputs: int, rng: np.random.Generator) -> list[Floats]:
    inner = rng.uniform(-1, 1, (width, HIDDEN)) / np.sqrt(width)
    outer = rng.uniform(-1, 1, (HIDDEN, outputs)) / np.sqrt(HIDDEN)
    return [part.astype(np.float32) for part in (inner, np.zeros(HIDDEN), outer, np.zeros(outputs))]


def _gradients(
    point: list[Floats], states: Floats, wanted: Floats, counted: Floats, rng: np.random.Generator
) -> tuple[Floats, ...]:
    """Return the gradients of the mean weighted cross-entropy of one batch, with parts of it dropped at random."""
    inner, inner_bias, outer, outer_bias = point
    seen = states * _kept(states.shape, DROPPED_STATES, rng)
    before = seen @ inner + inner_bias
    mask = _kept(before.shape, DROPPED_HIDDEN, rng) * (before > 0)
    hidden = before * mask
    likely = 1 / (1 + np.exp(-np.clip(hidden @ outer + outer_bias, -60, 60)))
    error = (likely - wanted) * counted / len(states)
    back = (error @ outer.T) * mask
    found = (seen.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0))
    return tuple(part.astype(np.float32) for part in found)


def _kept(shape: tuple[int, ...], dropped: float, rng: np.random.Generator) -> Floats:
    return (rng.random(shape, np.float32) >= dropped).astype(np.float32) / np.float32(1 - dropped)
