"""The sweep of deadlines."""

from celery import shared_task

from billing.disputes.deadlines import climb
from tenants.tasks import OrgTask, hand_out

BATCH = 500
DUE = "SELECT disputes_due(%s)"


@shared_task
def sweep_deadlines() -> int:
    """Have each organisation with a deadline ahead looked at; returns how many there are."""
    return hand_out(climb_ladder, DUE, BATCH)


@shared_task(base=OrgTask)
def climb_ladder(org_id: str) -> int:
    """Tell of what comes near in one organisation; returns of how much."""
    return climb()
