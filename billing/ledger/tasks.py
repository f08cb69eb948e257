"""The sweep of reservations that nobody settled in time, and the mails about budgets."""

from celery import shared_task
from django.db import transaction

from billing.ledger.alerts import tell_of
from billing.ledger.burning import watch
from billing.ledger.reservations import sweep
from tenants.tasks import OrgTask, hand_out

BATCH = 500
DUE = "SELECT ledger_due(%s)"
BURNING = "SELECT ledger_burning()"


@shared_task
def sweep_expired() -> int:
    """Have each organisation that has holds past their time end them; returns how many organisations there are."""
    return hand_out(sweep_organization, DUE, BATCH)


@shared_task
def watch_burning() -> int:
    """Have each organisation that spent something in the last hour compared with what it usually spends."""
    return hand_out(watch_organization, BURNING)


@shared_task(base=OrgTask)
def watch_organization(org_id: str) -> bool:
    """Tell who looks after one organisation's money if it spends far more than usual; returns whether it does."""
    return watch()


@shared_task(base=OrgTask)
def sweep_organization(org_id: str) -> int:
    """End the holds of one organisation that are past their time; returns how many."""
    with transaction.atomic():
        ended = sweep(BATCH)
    tell_of(tuple(one for charged in ended for one in charged.untold))
    return len(ended)
