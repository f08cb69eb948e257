"""A billed period of an estate with a line and the call on it, what a check found, and a refund of its charge."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from billing.invoicing.models import BilledPeriod, BilledUsage, BooksCheck, UsageLine
from billing.ledger.models import UsageEvent
from billing.payments.models import ChargeState
from billing.refunds.models import Refund

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def period(estate: "Estate") -> BilledPeriod:
    now = timezone.now()
    known = {"subscription_id": f"sub_{estate.canary}", "invoice_id": f"in_{estate.canary}", "plan": estate.canary}
    return BilledPeriod.objects.create(number=1, starts_at=now, ends_at=now, **known)  # type: ignore[no-any-return]


def line(estate: "Estate") -> UsageLine:
    known = {"usage_key": estate.canary, "model": estate.canary, "price_version": estate.canary}
    return UsageLine.objects.create(period=estate.rows[BilledPeriod], **known)  # type: ignore[no-any-return]


def billed(estate: "Estate") -> BilledUsage:
    call = estate.rows[UsageEvent]
    return BilledUsage.objects.create(event=call, line=estate.rows[UsageLine], at=timezone.now())  # type: ignore[no-any-return]


def checked(estate: "Estate") -> BooksCheck:
    return BooksCheck.objects.create(periods=1, differences=[{"sentence": estate.canary}])  # type: ignore[no-any-return]


def refund(estate: "Estate") -> Refund:
    who = {"proposer_id": "1", "proposer_label": estate.canary, "proposed_at": timezone.now()}
    known = {"amount_cents": 1, "reason": Refund.Reason.DUPLICATE, "note": estate.canary}
    return Refund.objects.create(charge=estate.rows[ChargeState], **who, **known)  # type: ignore[no-any-return]


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {
    BilledPeriod: period,
    UsageLine: line,
    BilledUsage: billed,
    BooksCheck: checked,
    Refund: refund,
}
