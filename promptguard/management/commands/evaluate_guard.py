"""``manage.py evaluate_guard``: measure the whole guard on a labelled file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from promptguard.detectors import load_detectors
from promptguard.evaluation import report
from promptguard.evaluation.plot import draw
from promptguard.evaluation.rows import BadRow, Row, lines_of, read
from promptguard.evaluation.run import judge
from promptguard.evaluation.summary import summarise
from promptguard.findings import Category

FORMATS = (".svg", ".png", ".pdf")


class Command(BaseCommand):
    """Runs every detector over a JSONL file and prints how well it told the labels apart. Needs no database."""

    help = "Measure the guard on lines of {text, label, category?, channel?, system?, source?, spans?}."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="JSONL, one text a line; label 1 means it should be flagged")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
        parser.add_argument("--plot", type=Path, help="write the trade-off curve here (.svg, .png or .pdf)")
        parser.add_argument(
            "--category",
            choices=[one.value for one in Category],
            help="count only these findings; moderation is then read with exact scores, as /v1/moderations reads it",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        plot: Path | None = options["plot"]
        if plot is not None and plot.suffix not in FORMATS:
            raise CommandError(f"--plot must end in one of {', '.join(FORMATS)}")
        only = Category(options["category"]) if options["category"] else None
        outcomes = judge(self._rows(options["file"]), load_detectors(), only)
        summary = summarise(outcomes)
        self.stdout.write(report.as_json(summary) if options["json"] else report.as_text(summary))
        if plot is not None:
            draw(outcomes, plot)

    def _rows(self, path: Path) -> list[Row]:
        try:
            with path.open(encoding="utf-8") as lines:
                rows = list(read(lines_of(lines)))
        except UnicodeDecodeError as error:
            raise CommandError(f"{path}: not UTF-8: byte {error.start}") from error
        except (OSError, BadRow) as error:
            raise CommandError(f"{path}: {error}") from error
        if not rows:
            raise CommandError(f"{path}: no lines")
        return rows
