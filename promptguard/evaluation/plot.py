"""A picture of the trade-off: recall against false positives, with the shipped operating point."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from promptguard.evaluation.metrics import curve
from promptguard.evaluation.run import Outcome


def draw(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write the curve to `path`; its suffix, such as ``.svg`` or ``.png``, decides the format."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (30 MB that only a plot needs)

    labels = np.array([outcome.row.label for outcome in outcomes], np.bool_)
    flagged = np.array([outcome.flagged for outcome in outcomes], np.bool_)
    alarms, recalls = curve(np.array([outcome.score for outcome in outcomes], np.float64), labels)
    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    axes = figure.subplots()
    axes.plot(alarms, recalls, drawstyle="steps-post", label="all thresholds")
    point = ((flagged & ~labels).sum() / max((~labels).sum(), 1), (flagged & labels).sum() / max(labels.sum(), 1))
    axes.plot(*point, "o", label=f"shipped: {point[1]:.3f} at {point[0]:.4f}")
    axes.set_xscale("symlog", linthresh=0.01)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="false-positive rate (linear up to 0.01)", ylabel="recall")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(path)
