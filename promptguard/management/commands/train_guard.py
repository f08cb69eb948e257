"""``manage.py train_guard``: train the guard's models and write their artefacts."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from promptguard.training.injection import train_tier1

PARTS = ("tier1",)


class Command(BaseCommand):
    """Trains from the public data, which is not part of the repository, and from the grammars, which are."""

    help = "Train the guard's models from --data and the grammars; prints figures with each source left out."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="directory of the public data (JSONL)")
        parser.add_argument("--only", choices=PARTS, help="train one part only")
        parser.add_argument("--seed", type=int, default=7)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        directory: Path = options["data"]
        if not directory.is_dir():
            raise CommandError(f"{directory} is not a directory")
        for part in PARTS if options["only"] is None else (options["only"],):
            self.stdout.write(f"{part}:")
            self._train(part, directory, options["seed"])

    def _train(self, part: str, directory: Path, seed: int) -> None:
        artefact = train_tier1(directory, seed, self.stdout.write)
        self.stdout.write(f"wrote {artefact.version}")
