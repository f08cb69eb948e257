"""``manage.py settle_plans``: put every organisation on the plan that its rows say, or else the free one."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from billing.subscriptions.entitling import settle
from tenants.operations import organization_ids
from tenants.scope import org_scope


class Command(BaseCommand):
    help = "Assign each organisation the plan that its subscription opens, or the free one."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (Django's own signature)
        organizations = organization_ids()
        for org_id in organizations:
            with org_scope(org_id), transaction.atomic():
                settle()
        self.stdout.write(f"{len(organizations)} organisations are on the plans that their rows say.")
