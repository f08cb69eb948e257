"""A provider's signing certificate ends: its keepers are told 30, 7 and 1 days before, and when it has."""

import math
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.notices import Notice, address_of, tell_keepers
from accounts.sso.models import Connection
from tenants.models import Organization

STAGES = (30, 7, 1, 0)


@transaction.atomic
def tell_of_end(connection_id: uuid.UUID) -> None:
    """Owe the notice that is due of a connection's certificate, once for each of `STAGES`; its organisation is open."""
    rows = Connection.objects.select_for_update().filter(id=connection_id, state=Connection.State.ENABLED)
    connection: Connection | None = rows.first()
    if connection is None or connection.certificate_ends_at is None:
        return
    left = connection.certificate_ends_at - timezone.now()
    stage = next((days for days in reversed(STAGES) if left <= timedelta(days=days)), None)
    if stage is None or (connection.notified_days is not None and connection.notified_days <= stage):
        return
    connection.notified_days = stage
    connection.save(update_fields=["notified_days"])
    facts = {
        "organization": Organization.objects.get().name,
        "connection": connection.name,
        "days": max(0, math.ceil(left / timedelta(days=1))),
        "ends_at": connection.certificate_ends_at,
        "connection_url": address_of("sso_provider", connection.id),
    }
    tell_keepers(Notice.CERTIFICATE_ENDING, facts, None)
