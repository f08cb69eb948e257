"""``manage.py seed_demo``: the demonstration's organisations, people, keys and past decisions."""

import uuid
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo import people, security, services, sign_on, traffic


class Command(BaseCommand):
    help = "Make what is missing of the demonstration data and write var/demo.json."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        if settings.TIDEGATE_ENVIRONMENT == "production":
            raise CommandError("The settings say production: demonstration data is refused.")
        written = people.seed()
        for organization in written["organizations"]:
            security.seed_security(uuid.UUID(organization["id"]))
            services.seed_services(uuid.UUID(organization["id"]))
            sign_on.seed_sign_on(uuid.UUID(organization["id"]))
            made = traffic.seed_traffic(uuid.UUID(organization["id"]))
            self.stdout.write(f"{organization['name']}: {len(organization['people'])} people, {made} new decisions")
        self.stdout.write(f"Written to {people.path()}.")
