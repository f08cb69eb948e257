"""What becomes of a case, in a transaction of the open organisation; nothing here speaks to Stripe."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import Actor, record_event
from billing.entitlements.models import Off
from billing.entitlements.verbs import switch_off, switch_on
from billing.payments.models import InvoiceState
from billing.recovery import mails
from billing.recovery.declines import Treatment
from billing.recovery.models import OWED, RecoveryAttempt, RecoveryCase
from billing.recovery.schedule import WINDOW
from billing.vault.resealing import reseal_ids
from tenants.encryption import Resealed
from tenants.models import Organization

SYSTEM = Actor("system", "recovery", "Failed payments")
State, Kind = RecoveryCase.State, RecoveryAttempt.Kind
UNTOUCHED = (State.LOOKING, State.STOPPED)
"""States in which a new card changes nothing."""
PATIENCE = timedelta(minutes=10)
"""After a new card: its owner may be paying with it just now."""


@transaction.atomic
def follow(invoice: InvoiceState) -> RecoveryCase | None:
    """Let the case of an invoice follow from its row; returns the case, where there is one."""
    case: RecoveryCase | None = RecoveryCase.objects.select_for_update().filter(invoice=invoice).first()
    match invoice.status:
        case InvoiceState.Status.PAID if case:
            _recovered(case)
            _open_plan()
        case InvoiceState.Status.VOID | InvoiceState.Status.UNCOLLECTIBLE if case:
            _ended(case, State.CLOSED, Event.RECOVERY_CLOSED)
            _open_plan()
        case InvoiceState.Status.OPEN if case is None and _is_to_be_collected(invoice):
            case = _open(invoice)
        case InvoiceState.Status.OPEN if case and case.is_open and not _is_running(case):
            _wake(case)
    return case


@transaction.atomic
def try_card(method: str, card_hash: str, renewed: bool = False) -> None:
    """Plan a try by a card that the customer just stored, or that its bank renewed, for what is still owed.

    The event may come after the failure of that very card: a case that was not looked at yet is left to the look.
    """
    for case in RecoveryCase.objects.select_for_update().filter(state__in=OWED).exclude(state__in=UNTOUCHED):
        known = case.attempts.filter(method=method).exists() and not renewed
        if not known and not _is_running(case) and not _was_declined(case, card_hash):
            plan(case, Kind.NEW_CARD, timezone.now() + PATIENCE, method)
            if case.state == State.ASKING:
                case.state = State.RETRYING
            case.save()


def reseal_attempts() -> list[Resealed]:
    """Make the ids of the open organisation's tries anew under the present key; in a transaction."""
    return reseal_ids(RecoveryAttempt.objects.all(), "method")


def plan(
    case: RecoveryCase, kind: RecoveryAttempt.Kind, due_at: datetime, method: str = "", asked_by: str = ""
) -> RecoveryAttempt:
    """Plan the next try of a locked case, in the place of one that is planned; the caller saves the case."""
    drop_planned(case)
    case.wake_at = due_at
    values: dict[str, Any] = {"due_at": due_at, "method": method, "asked_by": asked_by}
    made: RecoveryAttempt = case.attempts.create(number=case.attempts.count() + 1, kind=kind, **values)
    return made


def drop_planned(case: RecoveryCase) -> None:
    """Drop the try that is planned, if any; its row stays."""
    planned = case.attempts.filter(state=RecoveryAttempt.State.PLANNED)
    planned.update(state=RecoveryAttempt.State.DROPPED, finished_at=timezone.now())


def give_up(case: RecoveryCase) -> None:
    """End a locked case unpaid: the plan opens nothing until the invoice is paid after all, or not owed any more."""
    _ended(case, State.GIVEN_UP, Event.RECOVERY_GAVE_UP)
    switch_off(Off.UNPAID, SYSTEM)
    mails.gave_up(case)


def stop(case: RecoveryCase, actor: Actor, decision_id: str) -> None:
    """End the tries of a locked case by hand: nothing is tried or sent until its time is over; then it is given up."""
    _ended(case, State.STOPPED, Event.RECOVERY_STOPPED, actor, decision_id)
    case.wake_at = case.ends_at
    case.save(update_fields=["wake_at"])


def _is_to_be_collected(invoice: InvoiceState) -> bool:
    """Tell whether a payment failed that is collected from cards: of a subscription, or of what Stripe collects itself.

    An invoice of neither, as what a dispute left owed is, is paid by hand. That of a subscription may have stopped
    advancing before we look: Stripe does that when the subscription ends.
    """
    return bool(invoice.attempt_count and (invoice.subscription_id or invoice.auto_advance))


def _open(invoice: InvoiceState) -> RecoveryCase:
    now = timezone.now()
    case: RecoveryCase = RecoveryCase.objects.create(invoice=invoice, failed_at=now, ends_at=now + WINDOW, wake_at=now)
    record_event(Event.RECOVERY_OPENED, SYSTEM, f"invoice/{invoice.stripe_id}", str(invoice))
    return case


def _wake(case: RecoveryCase) -> None:
    case.wake_at = timezone.now()
    case.save(update_fields=["wake_at"])


def _is_running(case: RecoveryCase) -> bool:
    """Tell whether somebody waits for Stripe's answer; they look at the case themselves afterwards."""
    return bool(case.attempts.filter(state=RecoveryAttempt.State.RUNNING).exists())


def _was_declined(case: RecoveryCase, card_hash: str) -> bool:
    """Tell whether this very card was declined, under whichever payment method, for more than data to be corrected."""
    same = case.attempts.filter(card_hash=card_hash).exclude(card_hash="")
    return any(each.decline.treatment is not Treatment.CARD_DATA for each in same)


def _recovered(case: RecoveryCase) -> None:
    if case.state in {State.RECOVERED, State.CLOSED}:
        return
    case.recovered_by = _paid_by(case)
    _ended(case, State.RECOVERED, Event.RECOVERY_PAID)
    mails.recovered(case)


def _open_plan() -> None:
    """Let unpaid invoices keep the plan off no more, unless one is given up still.

    The organisation's row first: of two that end at once, the second sees the first.
    """
    Organization.objects.select_for_update(no_key=True).get()
    if not RecoveryCase.objects.filter(state=State.GIVEN_UP).exists():
        switch_on(Off.UNPAID, SYSTEM)


def _paid_by(case: RecoveryCase) -> str:
    """Return which of our tries paid, if one did: one that Stripe was asked for when the money came in."""
    running = case.attempts.filter(state__in=(RecoveryAttempt.State.RUNNING, RecoveryAttempt.State.PAID)).last()
    if running is None:
        return RecoveryCase.By.CUSTOMER.value
    finished = {"state": RecoveryAttempt.State.PAID, "finished_at": timezone.now()}
    case.attempts.filter(id=running.id).exclude(state=RecoveryAttempt.State.PAID).update(**finished)
    return str(running.kind)


def _ended(
    case: RecoveryCase, state: RecoveryCase.State, event: Event, actor: Actor = SYSTEM, decision_id: str = ""
) -> None:
    if case.state == state:
        return
    drop_planned(case)
    case.state, case.closed_at, case.wake_at = state, timezone.now(), None
    case.save()
    invoice = case.invoice
    record_event(event, actor, f"invoice/{invoice.stripe_id}", str(invoice), decision_id=decision_id)
