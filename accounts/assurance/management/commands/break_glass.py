"""``manage.py break_glass EMAIL --reason WHY``: a code by which an operator enters once, without a passkey."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.assurance import break_glass
from accounts.notices import address_of


class Command(BaseCommand):
    help = "Make an emergency code for an operator who has lost every passkey; all operators are told by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="why; kept, and told to all operators")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        reason = " ".join(options["reason"].split())
        if not 10 <= len(reason) <= 200:
            raise CommandError("Say why in 10 to 200 characters.")
        try:
            code, made = break_glass.make(options["email"], reason)
        except break_glass.NoOperator as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{address_of('break_glass')}\nCode: {code}\nGood once, until {made.expires_at:%H:%M} UTC.")
