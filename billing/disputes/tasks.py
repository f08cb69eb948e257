"""The sweep of deadlines."""

import uuid

from celery import shared_task
from django.db import connection

from billing.disputes.deadlines import climb
from tenants.tasks import OrgTask

BATCH = 500
DUE = "SELECT disputes_due(%s)"


@shared_task
def sweep_deadlines() -> int:
    """Have each organisation with a deadline ahead looked at; returns how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [BATCH])
        due: list[tuple[uuid.UUID]] = cursor.fetchall()
    for (org_id,) in due:
        climb_ladder.apply_async((str(org_id),), retry=False)
    return len(due)


@shared_task(base=OrgTask)
def climb_ladder(org_id: str) -> int:
    """Tell of what comes near in one organisation; returns of how much."""
    return climb()
