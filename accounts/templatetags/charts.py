"""Charts drawn on the server as SVG, each with its numbers as a table beside it.

Widths are SVG attributes, because the content security policy allows no inline styles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django import template

register = template.Library()

WIDTH, HEIGHT = 480, 112  # of a bar chart's plot, in SVG units
LINE_WIDTH, LINE_HEIGHT = 100, 32  # of a sparkline
GAP = 0.25  # the share of a bar's slot that stays empty
SERIES = ("block", "quarantine", "redact", "flag", "allow")  # drawn bottom up: what was stopped stands on the axis


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle of a chart, in SVG units; `title` is read by screen readers and shown on hover."""

    x: float
    y: float
    width: float
    height: float
    title: str
    series: str = ""


@register.inclusion_tag("elements/meter.html")
def meter(used: float, limit: float, label: str = "", unit: str = "") -> dict[str, object]:
    """Draw how much of a limit is used: amber from 80 %, red from 100 %; a limit of 0 counts as used up."""
    share = used / limit if limit else 1.0
    level = "over" if share >= 1 else "high" if share >= 0.8 else "normal"
    return {
        "used": used,
        "limit": limit,
        "share": share,
        "fill": round(min(share, 1) * 100, 1),
        "level": level,
        "label": label,
        "unit": unit,
    }


@register.inclusion_tag("elements/score.html")
def score(value: float, label: str, threshold: float = 0.5) -> dict[str, object]:
    """Draw a detector's score in [0, 1]; at `threshold` and above it counts."""
    return {"value": value, "label": label, "fill": round(value * 100, 1), "counts": value >= threshold}


@register.inclusion_tag("elements/sparkline.html")
def sparkline(values: Sequence[float], label: str) -> dict[str, object]:
    """Draw a run of numbers as a line; `label` says in words what it shows."""
    top = max(values, default=0) or 1
    step = LINE_WIDTH / max(len(values) - 1, 1)
    points = [
        (round(index * step, 2), round(LINE_HEIGHT - value / top * LINE_HEIGHT, 2))
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    return {
        "line": line,
        "area": f"0,{LINE_HEIGHT} {line} {LINE_WIDTH},{LINE_HEIGHT}",
        "label": label,
        "values": values,
    }


@register.inclusion_tag("elements/bar_chart.html")
def bar_chart(
    points: Iterable[tuple[str, float]], label: str, unit: str = "", marks: Sequence[tuple[float, str]] = ()
) -> dict[str, object]:
    """Draw (name, number) pairs as bars with a scale; `label` is the chart's caption, `marks` are lines with a name."""
    rows = list(points)
    top = nice_ceiling(max([number for _, number in rows] + [number for number, _ in marks], default=0))
    slot = WIDTH / max(len(rows), 1)
    bars = [
        _bar(index * slot, slot, HEIGHT, number / top * HEIGHT, f"{name}: {number:,} {unit}".strip())
        for index, (name, number) in enumerate(rows)
    ]
    lines = [{"y": round(HEIGHT * (1 - number / top), 1), "name": name} for number, name in marks]
    return _frame(rows, label, top) | {"bars": bars, "unit": unit, "marks": lines}


@register.inclusion_tag("elements/action_chart.html")
def action_chart(points: Iterable[tuple[str, Mapping[str, int]]], label: str) -> dict[str, object]:
    """Draw decisions over time, stacked by action; each point is (name, {action: number})."""
    rows = [(name, {action: counts.get(action, 0) for action in SERIES}) for name, counts in points]
    top = nice_ceiling(max((sum(counts.values()) for _, counts in rows), default=0))
    slot = WIDTH / max(len(rows), 1)
    bars = [bar for index, (name, counts) in enumerate(rows) for bar in _stack(index * slot, slot, name, counts, top)]
    frame = _frame(rows, label, top, whole=True)
    return frame | {"bars": bars, "series": [name for name in reversed(SERIES)]}


def _stack(x: float, slot: float, name: str, counts: Mapping[str, int], top: float) -> Iterable[Bar]:
    """Yield one column's bars, the lowest first."""
    base = float(HEIGHT)
    for action, number in counts.items():
        if number:
            bar = _bar(x, slot, base, number / top * HEIGHT, f"{name}: {action} {number:,}", action)
            base = bar.y
            yield bar


def _bar(x: float, slot: float, base: float, height: float, title: str, series: str = "") -> Bar:
    """Return a bar of `height` standing on `base`, centred in its slot."""
    width = slot * (1 - GAP)
    return Bar(round(x + slot * GAP / 2, 2), round(base - height, 2), round(width, 2), round(height, 2), title, series)


def _frame(rows: Sequence[tuple[str, object]], label: str, top: float, *, whole: bool = False) -> dict[str, object]:
    """Return what every chart shares: caption, size, grid lines, the names at both ends; `whole` has no half line."""
    shares = [share for share in (0, 0.5, 1) if not (whole and top * share % 1)]
    grid = [{"y": round(HEIGHT * (1 - share), 1), "value": f"{top * share:,g}"} for share in shares]
    ends = {"first": rows[0][0], "last": rows[-1][0]} if rows else {"first": "", "last": ""}
    return {"rows": rows, "label": label, "grid": grid, "width": WIDTH, "height": HEIGHT, **ends}


def nice_ceiling(value: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten at or above `value`, so that the scale reads well."""
    if value <= 0:
        return 1
    power = 10.0 ** (len(str(int(value))) - 1)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)
