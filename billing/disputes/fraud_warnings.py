"""Early fraud warnings: new spending pauses, and a full refund is proposed; only that prevents a dispute."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import Actor, record_event
from billing.disputes.facts import moment
from billing.disputes.models import FraudWarning
from billing.disputes.telling import tell_desk_of_warning
from billing.disputes.timeline import STRIPE
from billing.entitlements.verbs import lift, pause
from billing.payments.charges import record_charge
from billing.payments.fetching import fetch_charge
from billing.payments.models import ChargeState
from tenants.guard import Grant
from tenants.permissions import Permission

DECIDE_WITHIN = timedelta(hours=48)
"""From the warning to our decision. Most warnings become disputes within days."""
PAUSED = "A card network warned of a payment of yours: plan, seats and budgets do not grow until we have looked at it."


@transaction.atomic
def hear(warning: dict[str, Any]) -> FraudWarning:
    """Have the open organisation's row follow a warning of Stripe's; said again, it changes nothing."""
    found: FraudWarning | None = FraudWarning.objects.select_for_update().filter(stripe_id=warning["id"]).first()
    if found is None:
        found = _begin(warning)
    if not warning["actionable"] and not found.outcome:
        _end(found, _why(found), STRIPE)
    return found


def became_dispute(charge_id: str) -> None:
    """End the warning of a charge that is disputed now: the dispute goes on from there."""
    for warning in FraudWarning.objects.select_for_update().filter(charge_id=charge_id, outcome=""):
        _end(warning, FraudWarning.Outcome.DISPUTED, STRIPE)


@transaction.atomic
def keep(grant: Grant, warning_id: uuid.UUID) -> FraudWarning:
    """Decide that the payment is good; spending goes on. Raises `FraudWarning.DoesNotExist` where it was decided."""
    grant.must_be(Permission.DISPUTES_PREPARE)
    warning: FraudWarning = FraudWarning.objects.select_for_update().get(id=warning_id, outcome="")
    _end(warning, FraudWarning.Outcome.KEPT, grant.actor())
    return warning


def _begin(warning: dict[str, Any]) -> FraudWarning:
    charge = ChargeState.objects.filter(stripe_id=warning["charge"]).first() or _fetched(warning["charge"])
    warned_at = moment(warning["created"]) or timezone.now()
    made: FraudWarning = FraudWarning.objects.create(
        stripe_id=warning["id"],
        charge_id=warning["charge"],
        fraud_type=warning["fraud_type"],
        proposed_cents=charge.amount_cents - charge.refunded_cents,
        currency=charge.currency,
        warned_at=warned_at,
        act_by=warned_at + DECIDE_WITHIN,
    )
    cents, currency = made.proposed_cents, made.currency
    record_event(Event.WARNING_RAISED, STRIPE, made.cause, made.charge_id, proposed_cents=cents, currency=currency)
    if warning["actionable"]:
        tell_desk_of_warning("Early fraud warning", "Refund the payment in full, or decide that it is good.", made)
        pause(made.cause, PAUSED)
    return made


def _end(warning: FraudWarning, outcome: FraudWarning.Outcome, actor: Actor) -> None:
    warning.outcome, warning.decided_by, warning.decided_at = outcome, actor.label[:120], timezone.now()
    warning.save(update_fields=["outcome", "decided_by", "decided_at"])
    record_event(Event.WARNING_DECIDED, actor, warning.cause, warning.charge_id, outcome=outcome.value)
    lift(warning.cause, actor)


def _why(warning: FraudWarning) -> FraudWarning.Outcome:
    """Return why a warning needs nothing more: Stripe says so once its payment is refunded in full, or disputed."""
    charge = _fetched(warning.charge_id)
    is_refunded = charge.refunded_cents >= charge.amount_cents
    return FraudWarning.Outcome.REFUNDED if is_refunded else FraudWarning.Outcome.CLOSED


def _fetched(charge_id: str) -> ChargeState:
    """Return the row of a payment as Stripe has it now: a refund is proposed for a row."""
    return record_charge(fetch_charge(charge_id))
