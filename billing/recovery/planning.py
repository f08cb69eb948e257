"""What comes next for a case: another try of the card, another card, or the customer's turn. Inside a transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from billing.payments.invoices import id_of
from billing.payments.models import ChargeState
from billing.recovery import mails
from billing.recovery.cases import plan
from billing.recovery.declines import Treatment, decline_of
from billing.recovery.models import RecoveryAttempt, RecoveryCase
from billing.recovery.schedule import CARD_CAP, CARD_WINDOW, Past, next_try
from billing.recovery.stripe_invoice import Seen, StoredCard, card_facts

State, Kind, Attempt = RecoveryCase.State, RecoveryAttempt.Kind, RecoveryAttempt.State
ENDS = {
    "authentication_required": Attempt.CONFIRM,
    "invoice_already_paid": Attempt.DROPPED,
    "invoice_payment_intent_requires_action": Attempt.CONFIRM,
    "invoice_not_open": Attempt.DROPPED,
    "invoice_not_payable": Attempt.DROPPED,
    "unclear": Attempt.FAILED,
}
"""How a try ends by the code of its refusal; any other code is a decline."""


def plan_next(case: RecoveryCase, seen: Seen, cards: Sequence[StoredCard], now: datetime) -> None:
    """Give an open, locked case its next step, and tell its people where that is their turn; the caller saves it."""
    if not case.attempts.exists():
        _note_first(case, seen)
    if case.next_try is None:
        _take_step(case, cards, now)
        _tell(case)


def note(attempt: RecoveryAttempt, error: dict[str, Any]) -> None:
    """Let a try say what came of it; the case says so too, unless it was only another stored card that was tried."""
    decline = decline_of(error)
    attempt.state, attempt.finished_at = ENDS.get(decline.code, Attempt.DECLINED), timezone.now()
    said = {
        "decline_code": decline.code[:60],
        "advice_code": decline.advice[:40],
        "network_advice": decline.network_advice[:40],
        "network_code": decline.network_code[:40],
        **card_facts(error.get("payment_method") or {}),
    }
    _put(attempt, said)
    if attempt.kind != Kind.BACKUP and attempt.state in {Attempt.DECLINED, Attempt.CONFIRM}:
        _put(attempt.case, said)


def is_worn(card_hash: str, now: datetime) -> bool:
    """Tell whether a card was tried as often as the networks let."""
    return len(_tries_of(card_hash, now)) >= CARD_CAP


def _put(row: RecoveryAttempt | RecoveryCase, said: dict[str, str]) -> None:
    for name, value in said.items():
        setattr(row, name, value)
    row.save()


def _note_first(case: RecoveryCase, seen: Seen) -> None:
    """Write down the payment that failed before we looked."""
    error = seen.error or {"code": "missing_payment_method"}
    method = id_of(error.get("payment_method") or seen.intent.get("payment_method"))
    first = RecoveryAttempt(case=case, number=1, kind=Kind.FIRST, method=method, due_at=case.failed_at)
    note(first, {"code": "invoice_payment_intent_requires_action"} if seen.wants_the_cardholder else error)
    RecoveryAttempt.objects.filter(id=first.id).update(finished_at=case.failed_at)


def _take_step(case: RecoveryCase, cards: Sequence[StoredCard], now: datetime) -> None:
    last = _counting(case).order_by("-number")[0]
    if last.state == Attempt.CONFIRM or case.decline.treatment is Treatment.AUTHENTICATE:
        case.state = State.CONFIRMING
        return
    at = None if last.kind == Kind.BACKUP else next_try(case.decline, _past(case), now)
    other = _other_card(case, cards, now)
    if at is not None:
        plan(case, Kind.RETRY, at, usual_method(case))
    elif other is not None:
        plan(case, Kind.BACKUP, now, other.method)
    case.state = State.ASKING if at is None and other is None else State.RETRYING


def _past(case: RecoveryCase) -> Past:
    """Return what was tried by the card; a try without an answer counts as one of it."""
    made = _counting(case).exclude(kind=Kind.BACKUP)
    mine = (each for each in made if each.card_hash == case.card_hash or each.state == Attempt.FAILED)
    tries = [each.finished_at for each in mine if each.finished_at]
    return Past(case.failed_at, tries, _tries_of(case.card_hash, timezone.now()))


def _tries_of(card_hash: str, now: datetime) -> list[datetime]:
    """Return when a card was charged in the last thirty days: as Stripe told, or as we did, whichever says more."""
    since = now - CARD_WINDOW
    charges = ChargeState.objects.filter(card_fingerprint_hash=card_hash, created_at__gte=since)
    tries = RecoveryAttempt.objects.filter(card_hash=card_hash, finished_at__gte=since)
    told = charges.exclude(card_fingerprint_hash="").values_list("created_at", flat=True)
    made = tries.exclude(card_hash="").values_list("finished_at", flat=True)
    return max(sorted(told), sorted(made), key=len)


def usual_method(case: RecoveryCase) -> str:
    """Return what the declined card is charged by: a new card that the customer gave, else what Stripe charges ("")."""
    last = _counting(case).exclude(kind=Kind.BACKUP).order_by("-number")[0]
    return "" if last.kind == Kind.FIRST else last.method


def _counting(case: RecoveryCase) -> QuerySet[RecoveryAttempt]:
    """Return the tries of a case that were made; there is one once it was looked at."""
    return case.attempts.exclude(state=Attempt.DROPPED)


def _other_card(case: RecoveryCase, cards: Sequence[StoredCard], now: datetime) -> StoredCard | None:
    """Return a stored card that was not tried for this invoice, and not too often for others."""
    tried = {name for each in case.attempts.all() for name in (each.method, each.card_hash) if name}
    untried = (each for each in cards if not {each.method, each.hash} & tried)
    return next((each for each in untried if not is_worn(each.hash, now)), None)


def _tell(case: RecoveryCase) -> None:
    """Owe the mail of a new state: of the first failure, and whenever it becomes the customer's turn."""
    if case.state != case.told and not (case.told and case.state == State.RETRYING):
        case.told = case.state
        mails.failed(case)
