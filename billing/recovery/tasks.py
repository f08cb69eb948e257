"""The sweep of cases whose time has come. A message is a wake-up; `wake_at` in the row is the guarantee."""

import logging
from collections.abc import Callable
from functools import partial

import stripe
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from billing.recovery.engine import advance
from billing.recovery.models import RecoveryCase
from tenants.scope import current_org_id
from tenants.tasks import OrgTask, hand_out

BATCH = 100
DUE = "SELECT recovery_due(%s)"
log = logging.getLogger(__name__)


@shared_task
def sweep() -> int:
    """Have each organisation with a case that is due work on it; returns how many organisations there are."""
    return hand_out(sweep_organization, DUE, BATCH)


@shared_task(base=OrgTask)
def sweep_organization(org_id: str) -> int:
    """Take a step of each due case of one organisation; returns how many. One that fails waits for its next turn."""
    now = timezone.now()
    due = RecoveryCase.objects.filter(wake_at__lte=now).order_by("wake_at").values_list("id", flat=True)[:BATCH]
    done = 0
    for case_id in list(due):
        try:
            done += advance(case_id, now)
        except stripe.StripeError as error:
            log.warning("recovery of case %s failed: %s", case_id, type(error).__name__)
    return done


def wake() -> None:
    """Have the open organisation's cases looked at after the commit."""
    send: Callable[[], object] = partial(sweep_organization.apply_async, (str(current_org_id()),), retry=False)
    transaction.on_commit(send, robust=True)
