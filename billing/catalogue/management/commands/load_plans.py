"""``manage.py load_plans``: add the versions of plans that the database does not have."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.catalogue.models import PlanVersion
from billing.catalogue.plans import PlanChanged, load
from tenants.postgresql.connections import OWNER


class Command(BaseCommand):
    help = "Add the plans that ship with this version; one that was loaded with other values is refused."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (Django's own signature)
        try:
            self.stdout.write(f"{load(PlanVersion, OWNER)} versions of plans added.")
        except PlanChanged as changed:
            raise CommandError(str(changed)) from changed
