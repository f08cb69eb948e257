"""``manage.py stripe_endpoint``: make, or replace, the endpoint at Stripe that delivers to this installation."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from billing.webhooks.endpoint import made, retire


class Command(BaseCommand):
    help = "Make an endpoint at Stripe with the pinned API version and print its secret, which Stripe tells once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default=f"{settings.BASE_URL}/webhooks/stripe", help="where it delivers to")
        parser.add_argument(
            "--retire-former", action="store_true", help="take away the endpoints before the newest one, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        if options["retire_former"]:
            for gone in retire(options["url"]):
                self.stdout.write(f"{gone} is taken away.")
            return
        endpoint_id, secret = made(options["url"])
        self.stdout.write(
            f"{endpoint_id} delivers to {options['url']}. Put its secret first in STRIPE_WEBHOOK_SECRETS,"
        )
        self.stdout.write("the former one second, restart web, and then run this with --retire-former:")
        self.stdout.write(secret)
