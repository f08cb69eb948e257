"""Personal data and secrets, for the model card: ``python -m promptguard.evaluation.personal_data DATA [FILE]``.

DATA is the directory with ``pii.jsonl``, ``secrets.jsonl`` and ``benign.jsonl``. FILE holds written sentences: each
line a text, its ``category``, its ``source`` and, if it is no harmless one, the span that must be found.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from audit.reasons import Reason
from promptguard.detectors.pii import PiiDetector
from promptguard.detectors.secrets import SecretsDetector
from promptguard.evaluation.metrics import wilson
from promptguard.evaluation.rows import Row, Span, lines_of, read
from promptguard.evaluation.run import Outcome, judge
from promptguard.findings import Category, Prompt, Report

#: What the public rows call a kind of ours. Parts of an address are counted as addresses.
KINDS: Final = {
    "EMAIL": {"EMAIL_ADDRESS"},
    "CARD": {"CREDIT_CARD"},
    "IBAN": {"IBAN_CODE"},
    "US_SSN": {"US_SSN"},
    "IP_ADDRESS": {"IP_ADDRESS"},
    "PHONE": {"PHONE_NUMBER"},
    "ADDRESS": {"ADDRESS", "STREET_ADDRESS", "ZIP_CODE"},
}


class WithoutFormats(SecretsDetector):
    """The secrets detector with every provider's format, key block and vendor's name taken away."""

    def detect(self, prompt: Prompt) -> Report:
        """Report what is left: credentials known by the words beside them or by how random they look."""
        found = (each for view in prompt.views for each in self.in_view(view))
        return Report(tuple(each for each in found if each.reason is Reason.SECRET_GENERIC))


def main(directory: Path, written: Path | None) -> None:
    """Print one line a figure."""
    _say(_kinds(judge(_rows(directory / "pii.jsonl"), [PiiDetector.load()], Category.PII)))
    if written:
        _say(_written(judge(_rows(written), [PiiDetector.load()], Category.PII)))
    rows, secrets = _rows(directory / "secrets.jsonl"), SecretsDetector.load()
    _say(_secrets("", judge(rows, [secrets], Category.SECRETS)))
    harmful = [row for row in rows if row.label]
    _say(_secrets(", formats and vendors taken away", judge(harmful, [WithoutFormats.load()], Category.SECRETS)))
    _say(_secrets("", judge(_rows(directory / "benign.jsonl"), [secrets], Category.SECRETS)))


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8") as file:
        return list(read(lines_of(file)))


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _kinds(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield precision and recall of each kind; spans agree when they overlap."""
    for kind, names in KINDS.items():
        pairs = [
            ([one for one in outcome.spans if one.kind == kind], _named(outcome.row, names)) for outcome in outcomes
        ]
        right = sum(_meets(one, truth) for found, truth in pairs for one in found)
        hit = sum(_meets(one, found) for found, truth in pairs for one in truth)
        reported, marked = sum(len(found) for found, _ in pairs), sum(len(truth) for _, truth in pairs)
        yield f"{kind}: precision {_share(right, reported)}, recall {_share(hit, marked)}"


def _named(row: Row, names: set[str]) -> list[Span]:
    return [span for span in row.spans or () if span.kind in names]


def _meets(span: Span, others: Sequence[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)


def _written(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield, by source and category, how many spans were found, or how many harmless sentences were hit."""
    groups = dict[tuple[str, str], list[bool]]()
    for outcome in outcomes:
        row = outcome.row
        hit = all(_meets(span, outcome.spans) for span in row.spans or ()) if row.label else outcome.flagged
        name = row.category if row.label else "harmless sentences hit"
        groups.setdefault((row.source, name), []).append(hit)
    for (source, name), hits in sorted(groups.items()):
        yield f"{source}, {name}: {sum(hits)} of {len(hits)}"


def _secrets(what: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the share of texts flagged, by source and label."""
    groups = dict[tuple[str, bool], list[bool]]()
    for outcome in outcomes:
        for source in (outcome.row.source, "all"):
            groups.setdefault((source, outcome.row.label), []).append(outcome.flagged)
    for (source, label), flags in sorted(groups.items()):
        name = "with a secret" if label else "without one"
        yield f"{source}, texts {name}{what}: flagged {_share(sum(flags), len(flags))}"


def _share(hits: int, total: int) -> str:
    found = wilson(hits, total)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}] ({hits} of {total})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("written", type=Path, nargs="?")
    given = parser.parse_args()
    main(given.directory, given.written)
