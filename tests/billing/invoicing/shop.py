"""An organisation that pays for a plan at the simulated Stripe, and how its usage gets onto an invoice there."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from billing.catalogue.models import Interval
from billing.catalogue.plans import plan
from billing.catalogue.stripe_prices import price_id, sync
from billing.invoicing.models import BilledPeriod
from billing.invoicing.periods import Ended, bill
from billing.invoicing.placing import place
from billing.payments.fetching import fetch_invoice
from billing.payments.invoices import record_invoice
from billing.payments.models import InvoiceState
from billing.payments.moments import moment
from billing.processor.accounts import customer_id
from billing.processor.client import as_json, client
from tests.billing.invoicing.conftest import GPT, GUARD, decision, metered
from tests.billing.peer import Peer

MONTH_S = 31 * 86_400
"""Seconds that are at least a month."""


@dataclass
class Subscriber:
    """The open organisation, subscribed to Team."""

    stripe: Peer
    id: str

    def object(self) -> dict[str, Any]:
        """Return the subscription as it stands."""
        return as_json(client().v1.subscriptions.retrieve(self.id))  # type: ignore[no-any-return]  # JSON

    def use(self, seed: int, calls: int) -> int:
        """Make guard calls and model calls all over the present period; returns the nanos that they cost."""
        dice, item = random.Random(seed), self.object()["items"]["data"][0]
        start = moment(item["current_period_start"])
        length = item["current_period_end"] - item["current_period_start"]
        total = 0
        for _ in range(calls):
            at = start + timedelta(seconds=dice.randrange(length))
            made, guard, model = decision(at), dice.randrange(10**6), dice.randrange(10**9)
            metered(guard, at, GUARD, made)
            metered(model, at, dice.choice([GPT, ("gpt-4o", "2026-06-21")]), made)
            total += guard + model
        return total

    def renew(self) -> dict[str, Any]:
        """Let the period end; returns the draft that bills it."""
        ends = self.object()["items"]["data"][0]["current_period_end"]
        self.stripe.advance(ends - self.stripe.sandbox.state.now() + 60)
        return fetch_invoice(self.object()["latest_invoice"])

    def bill(self, draft: dict[str, Any]) -> BilledPeriod:
        """Claim the usage of a period for its draft."""
        period = bill(Ended(self.object(), moment(draft["period_end"]), draft["id"]))
        assert period is not None
        return period

    def last_period(self) -> BilledPeriod:
        """Claim the usage of a subscription that ended."""
        ended = self.object()
        period = bill(Ended(ended, moment(ended["ended_at"])))
        assert period is not None
        return period

    def close(self, draft: dict[str, Any]) -> InvoiceState:
        """Let the draft's hour pass, and record the invoice."""
        self.stripe.advance(2 * 3_600)
        return record_invoice(fetch_invoice(draft["id"]))


def subscriber(stripe: Peer) -> Subscriber:
    """Subscribe the open organisation to Team."""
    sync(client())
    v1, customer = stripe.v1, customer_id()
    method = v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    items = [{"price": price_id(client(), plan("team"), Interval.MONTH)}]
    return Subscriber(stripe, v1.subscriptions.create({"customer": customer, "items": items}).id)


def place_all() -> None:
    """Lead what waits to Stripe."""
    for period in BilledPeriod.objects.filter(placed_at=None):
        with transaction.atomic():
            place(BilledPeriod.objects.select_for_update().get(pk=period.pk))
