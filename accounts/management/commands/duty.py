"""``manage.py duty EMAIL finance``: give somebody of the company's own staff a duty, or end it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import StaffDuty, User
from tenants.principal import Duty


class Command(BaseCommand):
    help = "Give a duty to somebody of the company's own staff, who has to have an account, or end it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("duty", choices=[Duty.FINANCE.value])
        parser.add_argument("--end", action="store_true", help="end it")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        user = User.objects.filter(email=options["email"].lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody with the address {options['email']} has an account. They sign up first.")
        if options["end"]:
            ended, _ = StaffDuty.objects.filter(user=user, duty=options["duty"]).delete()
            self.stdout.write(f"{user.email}: {options['duty']} ended." if ended else "They did not have it.")
        else:
            StaffDuty.objects.get_or_create(user=user, duty=options["duty"])
            self.stdout.write(f"{user.email} has the duty {options['duty']}; their pages ask for a passkey.")
