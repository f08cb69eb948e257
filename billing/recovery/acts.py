"""What the staff does about a failed payment of a tenant: try now, stop. In the tenant's scope, under its grant."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import record_event
from billing.recovery import cases
from billing.recovery.declines import RETRYABLE
from billing.recovery.models import RecoveryAttempt, RecoveryCase
from billing.recovery.planning import is_worn, usual_method
from tenants.guard import Grant
from tenants.permissions import Permission


@transaction.atomic
def try_now(grant: Grant, case_id: uuid.UUID) -> None:
    """Plan a try of the usual card for this moment. Raises `ValidationError` where the bank said never."""
    grant.must_be(Permission.PAYMENTS_CHANGE)
    case = _open(case_id)
    if case.decline.treatment not in RETRYABLE:
        raise ValidationError("The bank said that this card is not to be tried again: the customer has to act.")
    if is_worn(case.card_hash, timezone.now()):
        raise ValidationError("This card was tried as often as the card networks let in thirty days.")
    asked_by = grant.principal.label[:120]
    cases.plan(case, RecoveryAttempt.Kind.RETRY, timezone.now(), usual_method(case), asked_by)
    case.state = RecoveryCase.State.RETRYING
    case.save()
    target = f"invoice/{case.invoice.stripe_id}"
    record_event(Event.RECOVERY_BY_HAND, grant.actor(), target, str(case.invoice), decision_id=grant.decision_id)


@transaction.atomic
def stop(grant: Grant, case_id: uuid.UUID) -> None:
    """Try and send nothing any more; the invoice stays open and its customer may pay."""
    grant.must_be(Permission.PAYMENTS_CHANGE)
    cases.stop(_open(case_id), grant.actor(), grant.decision_id)


def _open(case_id: uuid.UUID) -> RecoveryCase:
    """Return an open case, locked; one on which somebody works just now is left to them."""
    case: RecoveryCase = RecoveryCase.objects.select_for_update().get(id=case_id)
    if not case.is_open:
        raise ValidationError("This payment is not waited for any more.")
    if case.attempts.filter(state=RecoveryAttempt.State.RUNNING).exists():
        raise ValidationError("It is being tried just now; look again in a minute.")
    return case
