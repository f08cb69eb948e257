"""Metered calls of Acme, at any time, and a subscription to bill them with."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from audit.ids import new_decision_id
from audit.record import DecisionRow, record_in_transaction
from billing.invoicing.periods import Ended, bill
from billing.ledger.models import UsageEvent
from tenants.scope import current_org_id

GUARD, GPT = ("tidegate-guard", "2026-11-01"), ("gpt-4.1", "2026-06-21")
BEGUN = datetime(2026, 10, 15, tzinfo=UTC)
MONTH = timedelta(days=31)


def decision(at: datetime) -> str:
    """Record that the guard decided something then; returns the id."""
    known = {"permission": "guard:check", "resource": "guard", "action": "allow", "reason_codes": []}
    row = DecisionRow(current_org_id(), "api_key", "test", policy_version="test", created_at=at, **known)  # type: ignore[arg-type]
    return record_in_transaction(row)


def metered(nanos: int, at: datetime, of: tuple[str, str] = GPT, decision_id: str = "", calls: int = 1) -> None:
    """Meter calls of a model at a price, as the ledger does: they cost `nanos` each."""
    known = {"principal_kind": "api_key", "principal_id": "test", "budgets": [uuid.uuid4()], "origin": "settled"}
    amounts = {"tokens_in": 10, "tokens_out": 5, "nanos": nanos, "at": at}
    UsageEvent.objects.bulk_create(
        UsageEvent(decision_id=decision_id or new_decision_id(), model=of[0], price_version=of[1], **known, **amounts)
        for _ in range(calls)
    )


def subscription(plan: str = "", begun: datetime = BEGUN, trial_end: datetime | None = None) -> dict[str, Any]:
    """Return a subscription as Stripe says it, of what billing reads; `plan` is a lookup key and its cents."""
    key, _, cents = plan.partition(":")
    recurring = {"interval": "month", "interval_count": 1}
    price = {"lookup_key": key, "currency": "usd", "unit_amount": int(cents or 0), "recurring": recurring}
    return {
        "id": "sub_acme",
        "currency": "usd",
        "start_date": int(begun.timestamp()),
        "trial_end": trial_end and int(trial_end.timestamp()),
        "items": {"data": [{"price": price}]},
    }


def ended(number: int, **known: Any) -> Ended:  # noqa: ANN401 (see `subscription`)
    """Return that the subscription's period of that number is over; its invoice has the number in its id."""
    return Ended(subscription(**known), BEGUN + number * MONTH, f"in_{number}")


def billed(number: int, **known: Any) -> Any:  # noqa: ANN401 (a `BilledPeriod`)
    """Bill a period that was not billed before."""
    period = bill(ended(number, **known))
    assert period is not None
    return period
