"""Another plan for a subscription that runs: a larger one at once, a smaller one when the period ends; and its end.

Each act goes to Stripe once however often it is asked for: its key names the subscription as it stood (`revision`).
Afterwards the subscription is fetched and the rows follow from it, as they do from its webhook.
"""

import logging
from dataclasses import dataclass
from typing import Any

import stripe
from django.core.exceptions import ValidationError
from django.db import transaction

from audit.events import Event
from audit.record import record_event
from billing.catalogue.models import Interval, PlanVersion
from billing.catalogue.stripe_prices import price_id
from billing.processor.client import as_json, client
from billing.processor.operations import perform
from billing.subscriptions.entitling import current
from billing.subscriptions.fetching import look
from billing.subscriptions.models import SubscriptionState
from billing.subscriptions.offers import Offer
from tenants.guard import Grant
from tenants.models import Organization
from tenants.permissions import Permission

Params = dict[str, Any]
log = logging.getLogger(__name__)
CHANGEABLE = (SubscriptionState.Status.ACTIVE, SubscriptionState.Status.TRIALING)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an upgrade would be charged at once, in cents; `since` is the second from which it is prorated."""

    lines: list[tuple[str, int]]
    due_cents: int
    currency: str
    since: int


def is_upgrade(row: SubscriptionState, plan: PlanVersion, interval: Interval) -> bool:
    """Tell whether a plan begins at once: a higher one, or the same for a year in the place of a month."""
    if row.plan is None or plan.rank != row.plan.rank:
        return row.plan is None or plan.rank > row.plan.rank
    return (row.interval, interval) == (Interval.MONTH, Interval.YEAR)


def preview(row: SubscriptionState, plan: PlanVersion, interval: Interval) -> Preview:
    """Ask Stripe what an upgrade would be charged now; a trial goes on, so that nothing is before its end."""
    items = [{"id": row.item_id, "price": price_id(client(), plan, interval)}]
    details = {"items": items, "proration_behavior": "always_invoice"}
    asked: Any = {"subscription": row.stripe_id, "subscription_details": details}
    invoice = as_json(client().v1.invoices.create_preview(asked))
    if row.status == SubscriptionState.Status.TRIALING:
        return Preview([], 0, invoice["currency"], invoice["created"])
    lines = [(line["description"] or "", line["amount"]) for line in invoice["lines"]["data"]]
    return Preview(lines, invoice["amount_due"], invoice["currency"], invoice["created"])


@transaction.atomic
def upgrade(grant: Grant, offer: Offer) -> SubscriptionState:
    """Begin a larger plan at once; the difference is invoiced now, as the offer's preview said."""
    row = _locked(grant, offer.revision)
    if not is_upgrade(row, offer.plan, offer.interval):
        raise ValidationError("This plan is not larger.")
    _release(row)
    # `since` is in the key, as each offer has another: a second update to the same price prorates nothing.
    _perform(
        row,
        f"upgrade:{row.stripe_id}:{row.revision}:{offer.since}:{offer.plan.lookup_key(offer.interval)}",
        {
            "cancel_at_period_end": False,
            "items": [{"id": row.item_id, "price": price_id(client(), offer.plan, offer.interval)}],
            "proration_behavior": "always_invoice",
            "proration_date": offer.since,
        },
    )
    return _done(grant, Event.PLAN_UPGRADED, row, plan=str(offer.plan), interval=offer.interval.value)


@transaction.atomic
def downgrade(grant: Grant, offer: Offer) -> SubscriptionState:
    """Plan a smaller plan for the end of the period; until then nothing changes."""
    row = _locked(grant, offer.revision)
    if is_upgrade(row, offer.plan, offer.interval) or not offer.plan.is_paid:
        raise ValidationError("This plan is not smaller.")
    _release(row)
    if row.cancel_at_period_end:
        _perform(row, f"keep:{row.stripe_id}:{row.revision}", {"cancel_at_period_end": False})
    schedule = perform(
        "schedule", f"schedule:{row.stripe_id}:{row.revision}", {"from_subscription": row.stripe_id}, _schedule
    )
    present = schedule["phases"][0]
    phases = [
        {"items": _items(present), "start_date": present["start_date"], "end_date": present["end_date"]},
        {"items": [{"price": price_id(client(), offer.plan, offer.interval), "quantity": 1}]},
    ]
    plan_it = {"schedule": schedule["id"], "phases": phases, "end_behavior": "release"}
    key = f"downgrade:{schedule['id']}:{offer.plan.lookup_key(offer.interval)}"
    perform("downgrade", key, plan_it, _plan_phases)
    return _done(grant, Event.DOWNGRADE_PLANNED, row, plan=str(offer.plan), interval=offer.interval.value)


@transaction.atomic
def undo_downgrade(grant: Grant) -> SubscriptionState:
    """Let the subscription go on as it is."""
    row = _locked(grant)
    if not row.schedule_id:
        raise ValidationError("No smaller plan is planned.")
    _release(row)
    return _done(grant, Event.DOWNGRADE_UNDONE, row)


@transaction.atomic
def cancel(grant: Grant) -> SubscriptionState:
    """Let the subscription end with its period."""
    row = _locked(grant)
    _release(row)
    if not row.cancel_at_period_end:
        _perform(row, f"cancel:{row.stripe_id}:{row.revision}", {"cancel_at_period_end": True})
    return _done(grant, Event.PLAN_CANCELLED, row, ends=row.period_end.isoformat())


@transaction.atomic
def resume(grant: Grant) -> SubscriptionState:
    """Take back that the subscription ends with its period."""
    row = _locked(grant)
    if row.cancel_at_period_end:
        _perform(row, f"resume:{row.stripe_id}:{row.revision}", {"cancel_at_period_end": False})
    return _done(grant, Event.PLAN_RESUMED, row)


def _locked(grant: Grant, revision: int | None = None) -> SubscriptionState:
    """Return the subscription that runs, for one act at a time; raises `ValidationError` where it is not as shown."""
    grant.must_be(Permission.BILLING_CHANGE)
    organization = Organization.objects.select_for_update(no_key=True).get()
    row = current()
    if row is None:
        raise ValidationError("There is no subscription to change.")
    if revision is not None and organization.billing_status == Organization.BillingStatus.FROZEN:
        raise ValidationError("The organisation is frozen: the plan can be changed once the freeze ends.")
    if revision is not None and row.status not in CHANGEABLE:
        raise ValidationError("A payment is due. Please pay it before the plan is changed.")
    if revision is not None and row.revision != revision:
        raise ValidationError("Your plan has changed since this was shown. Please look at it again.")
    return row


def _release(row: SubscriptionState) -> None:
    """End the schedule by which a smaller plan was planned; Stripe changes nothing else of a scheduled subscription."""
    if row.schedule_id:
        perform("release", f"release:{row.schedule_id}", {"schedule": row.schedule_id}, _let_go)


def _perform(row: SubscriptionState, key: str, change: Params) -> None:
    perform(key.partition(":")[0], key, {"subscription": row.stripe_id, "change": change}, _update)


def _done(grant: Grant, event: Event, row: SubscriptionState, **facts: str) -> SubscriptionState:
    """Write the act down and let the rows follow from what Stripe has now.

    It is done and stays written down though Stripe does not answer now: then the rows follow from the webhook.
    """
    former = str(row.plan or "")
    actor, target = grant.actor(), f"subscription/{row.stripe_id}"
    record_event(event, actor, target, former, decision_id=grant.decision_id, former=former, **facts)
    try:
        with transaction.atomic():
            return look(row.stripe_id)
    except stripe.StripeError as error:
        log.warning("%s was changed, and could not be fetched: %s", row.stripe_id, type(error).__name__)
        return row


def _items(phase: Params) -> list[Params]:
    return [{"price": item["price"], "quantity": item["quantity"]} for item in phase["items"]]


def _update(params: Params, key: str) -> stripe.Subscription:
    return client().v1.subscriptions.update(params["subscription"], params["change"], {"idempotency_key": key})


def _schedule(params: Params, key: str) -> stripe.SubscriptionSchedule:
    return client().v1.subscription_schedules.create(params, {"idempotency_key": key})  # type: ignore[arg-type]  # plain JSON


def _plan_phases(params: Params, key: str) -> stripe.SubscriptionSchedule:
    change: Any = {name: value for name, value in params.items() if name != "schedule"}
    return client().v1.subscription_schedules.update(params["schedule"], change, {"idempotency_key": key})


def _let_go(params: Params, key: str) -> stripe.SubscriptionSchedule:
    return client().v1.subscription_schedules.release(params["schedule"], {}, {"idempotency_key": key})
