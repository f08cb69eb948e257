"""``manage.py train_guard``: train the guard's models and write their artefacts."""

from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from promptguard.model_store import ARTIFACTS, Artefact
from promptguard.training.injection import leave_out, train_tier1
from promptguard.training.moderation import train_moderation

PARTS = ("tier1", "encoder", "refine", "moderation")
ONLY = {
    "tier1": ("tier1",),
    "encoder": ("encoder",),
    "refine": ("tier1", "refine"),  # goes on from the encoder that is there
    "thresholds": ("tier1", "thresholds"),  # leaves the encoder as it is
    "injection": ("encoder", "tier1", "refine"),
    "moderation": ("moderation",),
}


class Command(BaseCommand):
    """Trains from the public data, which is not part of the repository, and from the grammars, which are."""

    help = "Train the guard's models from --data and the grammars; prints figures with each source left out."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="directory of the public data (JSONL)")
        parser.add_argument("--only", choices=ONLY, help="train a part only; by default everything")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--out", type=Path, default=ARTIFACTS, help="where the artefacts go")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        directory, seed, out = Path(options["data"]), int(options["seed"]), Path(options["out"])
        if not directory.is_dir():
            raise CommandError(f"{directory} is not a directory")
        parts = PARTS if options["only"] is None else ONLY[options["only"]]
        for artefact in self._train(parts, directory, seed, out):
            self.stdout.write(f"wrote {artefact.version}")

    def _train(self, parts: tuple[str, ...], directory: Path, seed: int, out: Path) -> list[Artefact]:
        log, written = self.stdout.write, list[Artefact]()
        if "encoder" in parts:
            written.append(_part("fine_tuning").train_encoder(directory, seed, log, out))
        if "tier1" in parts:
            left = leave_out(directory, seed)
            written.append(train_tier1(left, seed, log, out))
            if "refine" in parts:
                written.append(_part("fine_tuning").refine(left, directory, seed, log, out))
            if "thresholds" in parts:
                written.append(_part("fine_tuning").calibrate(left, directory, seed, log, out))
        if "moderation" in parts:
            written.append(train_moderation(directory, seed, log, _part("harm_states").encoder_files(), out))
        return written


def _part(name: str) -> Any:  # noqa: ANN401  (a module)
    """Return a part of the training that needs torch, which is not installed where the guard is served."""
    try:
        return import_module(f"promptguard.training.{name}")
    except ImportError as error:
        raise CommandError(f"{error.name} is missing: install requirements-train.txt") from error
