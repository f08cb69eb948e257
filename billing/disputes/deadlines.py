"""The ladder to a deadline: at 72, 48, 24 and 6 hours left, and when none are, the desk is told; each rung once.

Nothing is submitted by itself: a pack that nobody approved stays where it is, and the case says why it was missed.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import record_event
from billing.disputes.containing import told
from billing.disputes.models import DisputeCase, FraudWarning
from billing.disputes.states import OPEN, State
from billing.disputes.telling import tell_desk, tell_desk_of_warning
from billing.disputes.timeline import SYSTEM, note
from tenants.webhooks.emitting import emit
from tenants.webhooks.kinds import WebhookEvent

RUNGS = (72, 48, 24, 6, 0)
"""Hours that are left."""
WARNING_RUNGS = (24, 0)
MISSED = {
    State.DETECTED: "The case was not contained.",
    State.CONTAINED: "Nobody began with the evidence.",
    State.DRAFTING: "The evidence was drafted and no pack was built.",
    State.PACK_BUILT: "The pack was built and nobody approved it.",
    State.APPROVED: "The pack was approved and not staged.",
    State.STAGED: "The pack was staged and not submitted.",
}


@transaction.atomic
def climb(now: datetime | None = None) -> int:
    """Tell of each rung that the open organisation's cases and warnings reached; returns how many."""
    now = now or timezone.now()
    near = DisputeCase.objects.select_for_update(skip_locked=True).filter(
        state__in=OPEN, due_at__lte=now + timedelta(hours=RUNGS[0])
    )
    warned = FraudWarning.objects.select_for_update(skip_locked=True).filter(
        outcome="", act_by__lte=now + timedelta(hours=WARNING_RUNGS[0])
    )
    return sum(_case(case, now) for case in near) + sum(_warning(warning, now) for warning in warned)


def rung(due_at: datetime, now: datetime, rungs: tuple[int, ...] = RUNGS) -> int | None:
    """Return the lowest rung that is reached, of several at once only that; `None` before the first."""
    left = due_at - now
    return min((hours for hours in rungs if left <= timedelta(hours=hours)), default=None)


def _case(case: DisputeCase, now: datetime) -> bool:
    assert case.due_at is not None  # noqa: S101 (said to the type checker)
    hours = rung(case.due_at, now)
    if hours is None or (case.told_hours is not None and case.told_hours <= hours):
        return False
    case.told_hours = hours
    state = State(case.state)
    if hours == 0:
        case.missed = MISSED[state]
    case.save(update_fields=["told_hours", "missed"])
    text = case.missed or f"{hours} hours are left, and it is {state.label.lower()}."
    note(case, "deadline", text, key=f"deadline:{case.due_at:%Y%m%d%H%M}:{hours}", hours=hours)
    record_event(Event.DISPUTE_DEADLINE, SYSTEM, case.cause, case.stripe_id, hours=hours, state=state.value)
    tell_desk("A dispute was not answered in time" if hours == 0 else f"Dispute due in {hours} hours", text, case)
    emit(WebhookEvent.DISPUTE_EVIDENCE_DUE, {**told(case), "hours_left": hours})
    return True


def _warning(warning: FraudWarning, now: datetime) -> bool:
    hours = rung(warning.act_by, now, WARNING_RUNGS)
    if hours is None or (warning.told_hours is not None and warning.told_hours <= hours):
        return False
    warning.told_hours = hours
    warning.save(update_fields=["told_hours"])
    headline = "A fraud warning waits for longer than two days" if hours == 0 else f"Decide in {hours} hours"
    tell_desk_of_warning(headline, "Refund the payment in full, or decide that it is good.", warning)
    return True
