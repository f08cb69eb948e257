"""``manage.py stripe_sandbox``: Stripe sandbox (simulated), for demonstration and tests."""

import secrets
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.sandbox import keys
from billing.sandbox.server import Sandbox
from billing.sandbox.version import NAME


class Command(BaseCommand):
    help = "Run the Stripe sandbox (simulated) on 127.0.0.1 until it is stopped; its data stay in var/stripe-sandbox."
    requires_system_checks: list[str] = []  # it uses neither the database nor the product's pages

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8420, help="the port on 127.0.0.1")
        parser.add_argument(
            "--couriers", type=int, default=1, help="threads that deliver; more than one loses the order"
        )

        parser.add_argument(
            "--deliver-to", metavar="URL", help="send all events there, signed with the secret it keeps"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        if settings.TIDEGATE_ENVIRONMENT == "production":
            raise CommandError("The settings say production: a simulated Stripe is refused.")
        folder = settings.TIDEGATE_VAR / "stripe-sandbox"
        try:
            key = keys.kept(folder)
        except keys.NotASandboxKeyError as error:
            raise CommandError(f"{folder / 'key'}: {error}") from error
        path = folder / "state.json"
        sandbox = Sandbox(key, options["port"], secrets.token_hex(16), path=path)
        sandbox.start(options["couriers"])
        if options["deliver_to"]:
            sandbox.deliver_to(options["deliver_to"], keys.kept_webhook_secret(folder))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sandbox.end())
        self.stdout.write(f"{NAME} at {sandbox.url}, key in {folder / 'key'}")
        sandbox.wait()
        sandbox.stop()
