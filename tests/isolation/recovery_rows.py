"""A failed payment of an estate, and the try that failed."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

from billing.payments.models import InvoiceState
from billing.recovery.models import RecoveryAttempt, RecoveryCase

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def case(estate: "Estate") -> RecoveryCase:
    now = timezone.now()
    invoice: Any = estate.rows[InvoiceState]
    ahead = {"failed_at": now, "ends_at": now + timedelta(days=28), "wake_at": now + timedelta(days=1)}
    made: RecoveryCase = RecoveryCase.objects.create(
        invoice=invoice, state=RecoveryCase.State.ASKING, card_brand=estate.canary, card_last4="4242", **ahead
    )
    return made


def attempt(estate: "Estate") -> RecoveryAttempt:
    owner: Any = estate.rows[RecoveryCase]
    done = {"state": RecoveryAttempt.State.DECLINED, "asked_by": estate.canary, "due_at": timezone.now()}
    made: RecoveryAttempt = owner.attempts.create(number=1, kind=RecoveryAttempt.Kind.FIRST, **done)
    return made


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {RecoveryCase: case, RecoveryAttempt: attempt}
