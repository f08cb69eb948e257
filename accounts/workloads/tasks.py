"""The notices of services' keys that end."""

from celery import shared_task

from accounts.workloads.models import ServiceKey
from accounts.workloads.notices import tell_of_end
from tenants.tasks import OrgTask, hand_out

BATCH = 500
DUE = "SELECT org_id, key_id FROM workloads_key_expiry WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT %s"


@shared_task
def remind_of_keys() -> int:
    """Have the owner of each service whose key's end has come near told of it; returns how many keys there are."""
    return hand_out(remind_of_key, DUE, BATCH)


@shared_task(base=OrgTask)
def remind_of_key(org_id: str, key_id: str) -> None:
    """Tell one owner of one key; it may have been revoked meanwhile."""
    key = ServiceKey.objects.select_related("service__owner").filter(id=key_id).first()
    if key is not None:
        tell_of_end(key)
