"""The sweep of reservations that nobody settled in time, and the mails about budgets."""

import uuid

from celery import shared_task
from django.db import connection, transaction

from billing.ledger.alerts import tell_of
from billing.ledger.reservations import sweep
from tenants.tasks import OrgTask

BATCH = 500
DUE = "SELECT ledger_due(%s)"


@shared_task
def sweep_expired() -> int:
    """Have each organisation that has holds past their time end them; returns how many organisations there are."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [BATCH])
        due: list[tuple[uuid.UUID]] = cursor.fetchall()
    for (org_id,) in due:
        sweep_organization.apply_async((str(org_id),), retry=False)
    return len(due)


@shared_task(base=OrgTask)
def sweep_organization(org_id: str) -> int:
    """End the holds of one organisation that are past their time; returns how many."""
    with transaction.atomic():
        ended = sweep(BATCH)
    tell_of(tuple(one for charged in ended for one in charged.untold))
    return len(ended)
