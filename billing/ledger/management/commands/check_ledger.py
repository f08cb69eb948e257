"""``manage.py check_ledger``: print every difference in every organisation's books; ends with 1 where there is one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.ledger.balance import differences
from tenants.operations import organization_ids
from tenants.scope import one_moment


class Command(BaseCommand):
    help = "Compare what budgets say with the usage events and reservations behind them, for every organisation."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (Django's own signature)
        organizations = organization_ids()
        found = 0
        for org_id in organizations:
            with one_moment(org_id):
                for sentence in differences():
                    self.stdout.write(f"{org_id}: {sentence}")
                    found += 1
        if found:
            raise CommandError(f"{found} differences.")
        self.stdout.write(f"The books of {len(organizations)} organisations agree.")
