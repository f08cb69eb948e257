"""The report of an evaluation, as a table to read or as JSON."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from promptguard.evaluation.metrics import Estimate
from promptguard.evaluation.summary import Figures, Summary

_WIDTH = 34


def as_json(summary: Summary) -> str:
    """Return `summary` as JSON; an estimate is ``[value, low, high]`` and what could not be measured is null."""
    return json.dumps(_plain(asdict(summary)), indent=1)


def _plain(value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    match value:
        case float():
            return None if math.isnan(value) else round(value, 5)
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
    return value


def as_text(summary: Summary) -> str:
    """Return `summary` as a table with 95 % confidence intervals."""
    return "\n".join(_lines(summary))


def _lines(summary: Summary) -> Iterator[str]:
    heads = " ".join(f"{head:>20}" for head in ("recall", "false positives", "precision", "AUC", "average precision"))
    yield f"{'':{_WIDTH}} {'rows +/-':>13} {heads}"
    yield _line(summary.overall)
    averages = f"{_said(summary.macro_recall)} {_said(summary.macro_false_positives)}"
    yield f"{'macro over sources':{_WIDTH}} {'':13} {averages}"
    parts = {"by source": summary.by_source, "by category": summary.by_category}
    parts["by kind of moderation, its own score against all other rows"] = summary.by_kind
    for title, groups in parts.items():
        if groups:
            yield f"\n{title}"
            yield from (_line(group) for group in groups)
    if not math.isnan(summary.span_recall.value):
        overlapping = f"precision {_said(summary.span_precision)} recall {_said(summary.span_recall)}"
        yield f"\n{'spans that overlap':{_WIDTH}} {overlapping}"
        exact = f"precision {_said(summary.exact_span_precision)} recall {_said(summary.exact_span_recall)}"
        yield f"{'spans exact':{_WIDTH}} {exact}"
    times = ", ".join(f"{name} {value}" for name, value in summary.cpu_ms.items())
    yield f"\nCPU milliseconds of one call: {times}"


def _line(group: Figures) -> str:
    wanted = (group.recall, group.false_positives, group.precision, group.auc, group.average_precision)
    measured = " ".join(_said(one) for one in wanted)
    return f"{group.name[:_WIDTH]:{_WIDTH}} {f'{group.positives}/{group.negatives}':>13} {measured}"


def _said(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return f"{'-':>20}"
    return f"{f'{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]':>20}"
