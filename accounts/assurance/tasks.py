"""The sweep that reminds people of a second factor before it is due."""

from celery import shared_task

from accounts.assurance.reminders import remind_those_due
from tenants.tasks import OrgTask, hand_out

BATCH = 500
DUE = "SELECT org_id FROM assurance_sweep WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT %s"


@shared_task
def remind() -> int:
    """Have each organisation that asks for a factor look once a day who misses one; returns how many there are."""
    return hand_out(remind_organization, DUE, BATCH)


@shared_task(base=OrgTask)
def remind_organization(org_id: str) -> None:
    """Remind those of one organisation whose days are nearly over."""
    remind_those_due()
