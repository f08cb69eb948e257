"""The notices of services' keys that end."""

import uuid

from celery import shared_task
from django.db import connection

from accounts.workloads.models import ServiceKey
from accounts.workloads.notices import tell_of_end
from tenants.tasks import OrgTask

BATCH = 500
DUE = "SELECT org_id, key_id FROM workloads_key_expiry WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT %s"


@shared_task
def remind_of_keys() -> int:
    """Have the owner of each service whose key's end has come near told of it; returns how many keys there are.

    Nothing of a key is read here, and nothing hangs on the messages: what was not told is found by the next sweep.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, [BATCH])
        due: list[tuple[uuid.UUID, uuid.UUID]] = cursor.fetchall()
    for org_id, key_id in due:
        remind_of_key.apply_async((str(org_id), str(key_id)), retry=False)
    return len(due)


@shared_task(base=OrgTask)
def remind_of_key(org_id: str, key_id: str) -> None:
    """Tell one owner of one key; it may have been revoked meanwhile."""
    key = ServiceKey.objects.select_related("service__owner").filter(id=key_id).first()
    if key is not None:
        tell_of_end(key)
