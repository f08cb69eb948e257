"""The comparison as a picture: what is avoided by the day, with the interval at its end."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from billing.recovery.measure import FIELD_CLAIM
from billing.recovery.simulation.comparing import DAYS, Result

COLOURS = ("#6b7280", "#b45309", "#0f766e", "#1d4ed8", "#7c3aed")
DASHES = ("--", "-.", ":", "-", "-")


def plot(results: Sequence[Result], title: str, path: Path) -> None:
    """Write the picture as SVG; the same results give the same file."""
    with rc_context({"svg.hashsalt": "recovery", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(9, 5), layout="constrained")
        axes = figure.add_subplot()
        for result, colour, dash in zip(results, COLOURS, DASHES, strict=True):
            low, high = result.rate.interval
            label = f"{result.policy.name}: {result.rate.share:.1%}"
            axes.plot(range(DAYS + 1), result.by_day, dash, color=colour, label=label, linewidth=2)
            axes.vlines(DAYS, low, high, color=colour, linewidth=5)
        axes.axhline(FIELD_CLAIM, color="#9ca3af", linewidth=1, label="36 %: the field's claim, not measured here")
        axes.set(xlim=(0, DAYS + 0.3), ylim=(0, 1), xlabel="days after the first failure", ylabel="failures avoided")
        axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.set_title(title, fontsize=11, loc="left")
        axes.legend(loc="upper left", frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, format="svg", metadata={"Date": None})
