"""``manage.py reseal``: what hangs on a former secret key is sealed anew, so that the key can go."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.resealing import reseal_factors
from accounts.sso.connections import reseal_secrets
from audit.idempotency import former_kept_until
from audit.outbox import reseal_owed
from billing.processor.accounts import reseal_accounts
from billing.processor.operations import reseal_answers
from billing.recovery.cases import reseal_attempts
from billing.vault.resealing import reseal_mirror
from billing.webhooks.inbox import reseal_payloads
from tenants.directory import list_organization
from tenants.encryption import Resealed
from tenants.models import Organization
from tenants.operations import organization_ids
from tenants.scope import org_scope
from tenants.webhooks.signing import reseal_endpoints

OF_EACH_ORGANIZATION: dict[str, Callable[[], Iterable[Resealed]]] = {
    "messages owed": reseal_owed,
    "secrets of connections": reseal_secrets,
    "secrets of webhooks": reseal_endpoints,
    "tries of payments": reseal_attempts,
    "accounts at the processor": reseal_accounts,
    "answers of the processor": reseal_answers,
}
OF_ALL: dict[str, Callable[[], Iterable[Resealed]]] = {
    "second factors": reseal_factors,
    "mirror of the processor": reseal_mirror,
    "events of the processor": reseal_payloads,
}


class Command(BaseCommand):
    help = "Seal anew what a former SECRET_KEY sealed (docs/deployment.md, Replacing the secret key)."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        found = {what: Counter(work()) for what, work in OF_ALL.items()}
        kept: list[datetime] = []
        organizations = organization_ids()
        for org_id in organizations:
            with org_scope(org_id), transaction.atomic():
                list_organization(Organization.objects.get())
                for what, work in OF_EACH_ORGANIZATION.items():
                    found.setdefault(what, Counter()).update(work())
                kept += filter(None, [former_kept_until()])
        self._tell(found, len(organizations), max(kept, default=None))

    def _tell(self, found: dict[str, Counter[Resealed]], organizations: int, kept: datetime | None) -> None:
        """Say what was done, and what still needs the former keys; fail where something needs others."""
        for what, outcomes in found.items():
            said = [f"{number} {outcome}" for outcome, number in sorted(outcomes.items())]
            self.stdout.write(f"{what}: {', '.join(said) or 'none'}")
        self.stdout.write(f"organisations: {organizations} listed under the present key")
        if kept:
            self.stdout.write(f"Answers that a former key sealed are kept until {kept:%Y-%m-%d %H:%M} UTC.")
        if any(outcomes[Resealed.BROKEN] for outcomes in found.values()):
            raise CommandError("Some were sealed under a key that is not in SECRET_KEY_FALLBACKS.")
