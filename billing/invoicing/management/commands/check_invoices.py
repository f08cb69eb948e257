"""``manage.py check_invoices``: print what usage and invoices do not agree in; ends with 1 where there is something."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.invoicing.books import differences
from tenants.operations import organization_ids
from tenants.scope import one_moment


class Command(BaseCommand):
    help = "Compare decisions, metered calls, billed lines and Stripe's invoices, to the cent, for every organisation."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (Django's own signature)
        organizations = organization_ids()
        found = 0
        for org_id in organizations:
            with one_moment(org_id):
                for each in differences():
                    self.stdout.write(f"{org_id}: {each.sentence} (period {each.period}, line {each.line})")
                    found += 1
        if found:
            raise CommandError(f"{found} differences.")
        self.stdout.write(f"The invoices of {len(organizations)} organisations agree with their usage.")
