"""What is done for a case when its time has come: look at Stripe, try, remind, give up. One step of one case at a time.

A worker takes a case by moving its `wake_at` into the future: whoever dies leaves it due again after `LEASE`, and
nobody else works on it before. A try is made under a key of its own, so that one which died half way gets Stripe's
first answer and charges nobody twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import stripe
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from billing.payments.invoices import record_invoice
from billing.payments.models import InvoiceState
from billing.processor.operations import OtherRequest, Unclear
from billing.recovery import mails
from billing.recovery.cases import follow, give_up
from billing.recovery.models import RecoveryAttempt, RecoveryCase
from billing.recovery.planning import note, plan_next
from billing.recovery.stripe_invoice import Seen, StoredCard, pay, see, stop_automatic_tries, stored_cards

LEASE = timedelta(minutes=10)
"""Longer than the requests of one step can take, each with the SDK's patience and retries."""
REMIND = timedelta(days=3)
"""Before a plan is switched off."""
LATER = timedelta(hours=1)
"""Until a planned try where somebody is paying just now."""
Attempt = RecoveryAttempt.State


def advance(case_id: UUID, now: datetime) -> bool:
    """Take one step of a case of the open organisation, outside of any transaction; tells whether one was due.

    Raises what the SDK raises where Stripe gives no answer; the case is due again after `LEASE`.
    """
    case = _claim(case_id, now)
    if case is None:
        return False
    ahead = case.attempts.filter(Q(state=Attempt.RUNNING) | Q(state=Attempt.PLANNED, due_at__lte=now)).first()
    if ahead is not None and _try(case, ahead, now):
        case.refresh_from_db()
    _look(case, now)
    return True


@transaction.atomic
def _claim(case_id: UUID, now: datetime) -> RecoveryCase | None:
    due = RecoveryCase.objects.select_for_update(skip_locked=True).filter(id=case_id, wake_at__lte=now)
    case: RecoveryCase | None = due.first()
    if case is not None:
        case.wake_at = now + LEASE
        case.save(update_fields=["wake_at"])
    return case


def _look(case: RecoveryCase, now: datetime) -> None:
    """Fetch how the invoice stands, and let the case follow from that."""
    invoice_id = case.invoice.stripe_id
    seen = see(invoice_id)
    cards: Sequence[StoredCard] = ()
    if seen.invoice["status"] == InvoiceState.Status.OPEN:
        cards = stored_cards(seen.invoice["customer"])
        if seen.invoice["auto_advance"]:
            stop_automatic_tries(invoice_id)
    with transaction.atomic():
        _settle(case.id, seen, cards, now)


def _settle(case_id: UUID, seen: Seen, cards: Sequence[StoredCard], now: datetime) -> None:
    case = RecoveryCase.objects.select_for_update().get(id=case_id)
    invoice = record_invoice(seen.invoice)
    case.wake_at = case.ends_at if case.lapses else None  # somebody may have stopped it meanwhile
    case.save(update_fields=["wake_at"])
    if invoice.status != InvoiceState.Status.OPEN:
        follow(invoice)
    elif case.lapses and now >= case.ends_at:
        give_up(case)
    elif case.is_open:
        plan_next(case, seen, cards, now)
        _remind(case, now)
        case.wake_at = _next_moment(case)
        case.save()


def _remind(case: RecoveryCase, now: datetime) -> None:
    if case.reminded_at is None and now >= case.ends_at - REMIND:
        case.reminded_at = now
        mails.ends_soon(case)


def _next_moment(case: RecoveryCase) -> datetime:
    reminder = case.ends_at if case.reminded_at else case.ends_at - REMIND
    return min(each for each in (case.next_try, reminder, case.ends_at) if each is not None)


def _try(case: RecoveryCase, attempt: RecoveryAttempt, now: datetime) -> bool:
    """Make a try, unless nothing is owed any more or somebody is paying just now."""
    if attempt.state == Attempt.PLANNED:
        seen = see(case.invoice.stripe_id)
        if seen.invoice["status"] != InvoiceState.Status.OPEN or seen.is_under_way:
            RecoveryAttempt.objects.filter(id=attempt.id).update(due_at=now + LATER)
            return False
        RecoveryAttempt.objects.filter(id=attempt.id).update(state=Attempt.RUNNING)
    answer = _ask(case, attempt)
    with transaction.atomic():
        _finish(attempt.id, answer)
    return True


def _ask(case: RecoveryCase, attempt: RecoveryAttempt) -> dict[str, Any]:
    """Ask Stripe; what it will never answer, or nobody can know any more, ends the try as well."""
    try:
        return pay(case.invoice.stripe_id, attempt.method, f"recovery:{attempt.id}")
    except Unclear:
        return {"refused": {"code": "unclear"}}
    except (stripe.InvalidRequestError, OtherRequest) as error:
        return {"refused": {"code": "unclear", "message": type(error).__name__}}


def _finish(attempt_id: UUID, answer: dict[str, Any]) -> None:
    """Write down what came of a try; a payment settles the case at once, before any webhook."""
    attempt = RecoveryAttempt.objects.get(id=attempt_id)
    attempt.case = RecoveryCase.objects.select_for_update().get(id=attempt.case_id)
    attempt.refresh_from_db(fields=["state"])
    if "invoice" in answer:
        attempt.state, attempt.finished_at = Attempt.PAID, timezone.now()
        attempt.save()
        follow(record_invoice(answer["invoice"]))
        return
    note(attempt, answer["refused"])
