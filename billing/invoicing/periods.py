"""A subscription's period is over: its usage is claimed, rounded and owed to the invoice that bills it.

All of it is one transaction with the event that said so; the message that leads the lines to Stripe is part of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.outbox import post
from billing.catalogue.stripe_prices import plan_of
from billing.invoicing.claiming import claim, decisions_of
from billing.invoicing.included import included_cents
from billing.invoicing.models import BilledPeriod, UsageLine
from billing.invoicing.rounding import rounded
from billing.payments.moments import moment

PLACING = "invoicing.place"
CURRENCY = "usd"
"""Usage is metered in US dollars; a subscription in another currency is not billed for it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A period that is over: of which subscription, until when, and the invoice that bills it ("": one of its own)."""

    subscription: dict[str, Any]
    ends_at: datetime
    invoice_id: str = ""


@transaction.atomic
def bill(ended: Ended) -> BilledPeriod | None:
    """Owe the usage of a period to its invoice, in the open organisation; `None` where that was done before."""
    subscription = ended.subscription
    mine = BilledPeriod.objects.filter(subscription_id=subscription["id"])
    done = mine.filter(invoice_id=ended.invoice_id) if ended.invoice_id else mine.filter(is_last=True)
    if subscription["currency"] != CURRENCY or done.exists():
        return None
    former = BilledPeriod.objects.select_for_update().order_by("-number").first()
    since = billable_from(subscription)
    last = mine.order_by("-number").first()
    starts_at = max(since, last.ends_at) if last else since
    plan = _plan_now(subscription)
    period = BilledPeriod(
        number=former.number + 1 if former else 1,
        subscription_id=subscription["id"],
        invoice_id=ended.invoice_id,
        is_last=not ended.invoice_id,
        starts_at=starts_at,
        ends_at=max(ended.ends_at, starts_at),
        plan=last.next_plan if last else _plan_ordered(subscription) or plan,
        next_plan=plan,
        carry_in_nanos=former.carry_out_nanos if former else 0,
        carry_out_nanos=former.carry_out_nanos if former else 0,
    )
    period.save(force_insert=True)
    _fill(period, since)
    post(PLACING, {"period": str(period.id)})
    return period


def billable_from(subscription: dict[str, Any]) -> datetime:
    """Return from when a subscription's usage is billed: its start, or the end of its trial."""
    return moment(subscription["trial_end"] or subscription["start_date"])


def _plan_now(subscription: dict[str, Any]) -> str:
    known = plan_of(subscription["items"]["data"][0]["price"])
    return str(known[0]) if known else ""


def _plan_ordered(subscription: dict[str, Any]) -> str:
    """Return the plan with which a subscription began, as Checkout wrote it down; "" where none did."""
    ordered = subscription.get("metadata") or {}
    return f"{ordered['plan']} {ordered['version']}" if {"plan", "version"} <= ordered.keys() else ""


def _fill(period: BilledPeriod, since: datetime) -> None:
    lines = claim(period, since)
    result = rounded({key: line.nanos for key, line in lines.items()}, period.carry_in_nanos)
    for key, line in lines.items():
        line.cents = result.cents[key]
    UsageLine.objects.bulk_update(lines.values(), ["calls", "tokens_in", "tokens_out", "nanos", "cents"])
    period.decisions = decisions_of(period)
    period.usage_nanos = sum(line.nanos for line in lines.values())
    period.cents, period.carry_out_nanos = sum(result.cents.values()), result.carried
    period.included_cents = min(period.cents, included_cents(period))
    period.save()
    if period.included_cents:
        UsageLine.objects.create(period=period, usage_key=f"included_{period.id.hex}", cents=-period.included_cents)
