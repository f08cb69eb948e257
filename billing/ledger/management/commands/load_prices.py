"""``manage.py load_prices``: add the list prices of this version of the product that the database does not have."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.ledger.models import ListPrice
from billing.ledger.prices import load_list
from tenants.postgresql.connections import OWNER


class Command(BaseCommand):
    help = "Add the list prices that ship with this version; a price that is there already stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (Django's own signature)
        self.stdout.write(f"{load_list(ListPrice, OWNER)} prices added.")
