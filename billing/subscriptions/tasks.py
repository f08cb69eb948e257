"""The sweeps: trials whose bank never answered, and traces of trials that stand in nobody's way any more."""

from celery import shared_task
from django.db import transaction

from billing.subscriptions import traces, trials
from billing.subscriptions.entitling import settle
from tenants.tasks import OrgTask, hand_out

BATCH = 500
DUE = "SELECT subscriptions_due(%s)"


@shared_task
def sweep_trials() -> int:
    """Have each organisation whose trial waits for too long turn it off; returns how many organisations there are."""
    return hand_out(sweep_organization, DUE, BATCH)


@shared_task(base=OrgTask)
def sweep_organization(org_id: str) -> int:
    """Turn off the trial of one organisation that waits for too long, and what it opened, in one transaction."""
    with transaction.atomic():
        ended = trials.end_stale()
        settle()
    return ended


@shared_task
def sweep_traces() -> int:
    """Forget old traces of trials; returns how many."""
    return traces.sweep()
