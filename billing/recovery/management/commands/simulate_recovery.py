"""``manage.py simulate_recovery``: compare recovery policies on a stated distribution of failed payments."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.recovery.measure import DEFINITION, FIELD_LABEL
from billing.recovery.simulation import distribution
from billing.recovery.simulation.comparing import Result, compare
from billing.recovery.simulation.plot import plot

MOST = 1_000_000
LABEL = "shown on a stated distribution; not measured on payments"


class Command(BaseCommand):
    help = "Compare policies for failed payments on the same simulated failures, and say what was assumed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--n", type=int, default=20_000, help=f"failures, 1 to {MOST}")
        parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="write the comparison as a picture")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (Django's own signature)
        seed, n = options["seed"], options["n"]
        if not 1 <= n <= MOST:
            raise CommandError(f"--n is a number from 1 to {MOST}.")
        results = compare(seed, n)
        self.stdout.write(f"{n} failed payments, seed {seed}: {LABEL}.\n{DEFINITION}.\n")
        self._tell(results)
        self.stdout.write(f"\nBeside it, {FIELD_LABEL}.\n")
        self._assumed()
        if options["plot"]:
            plot(results, f"{n:,} failed payments, seed {seed}: {LABEL}", options["plot"])
            self.stdout.write(f"\nThe picture is in {options['plot']}.")

    def _tell(self, results: list[Result]) -> None:
        self.stdout.write(f"{'policy':<27}{'avoided':<34}{'tries':>7}{'futile':>8}   (tries, futile: each failure)")
        for each in results:
            self.stdout.write(f"{each.policy.name:<27}{each.rate!s:<34}{each.tries:>7.2f}{each.futile:>8.2f}")

    def _assumed(self) -> None:
        self.stdout.write("\nAssumed, and printed in billing/recovery/simulation/distribution.py:")
        self.stdout.write(f"{'reason':<26}{'share':>7}{'card pays again':>17}{'after days':>12}{'act when told':>15}")
        for reason in distribution.REASONS:
            days = "paydays" if reason.decline.code == "insufficient_funds" else f"{reason.mean_days:g}"
            after = days if reason.ready else "never"
            self.stdout.write(
                f"{reason.decline.code:<26}{reason.share:>7.0%}{reason.ready:>17.0%}{after:>12}{reason.act:>15.0%}"
            )
        self.stdout.write(
            f"{distribution.BACKUP:.0%} have a second card, {distribution.BACKUP_PAYS:.0%} of which pay; "
            f"{distribution.ALONE:.0%} notice and pay by themselves."
        )
