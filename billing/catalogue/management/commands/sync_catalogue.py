"""``manage.py sync_catalogue``: make the products and prices at Stripe that plans need; any number of times."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.catalogue.stripe_prices import NotForSale, sync
from billing.processor.client import client


class Command(BaseCommand):
    help = "Make what Stripe lacks of the plans; a price there that says something else than its plan is refused."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (Django's own signature)
        try:
            made = sync(client())
        except NotForSale as differs:
            raise CommandError(str(differs)) from differs
        self.stdout.write(f"{made.products} products and {made.prices} prices made.")
