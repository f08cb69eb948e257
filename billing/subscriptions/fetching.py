"""A subscription is fetched, and everything here follows from it: its row, its trial, the plan that is open."""

import logging
from typing import Any

from billing.catalogue.stripe_prices import plan_of
from billing.processor.client import as_json, client
from billing.subscriptions import trials
from billing.subscriptions.cards import card_of
from billing.subscriptions.entitling import settle
from billing.subscriptions.models import SubscriptionState
from billing.subscriptions.projection import Following, record
from tenants.models import Organization

Object = dict[str, Any]
log = logging.getLogger(__name__)


def look(stripe_id: str) -> SubscriptionState:
    """Fetch a subscription and let everything here follow from it."""
    return see(as_json(client().v1.subscriptions.retrieve(stripe_id)))


def see(subscription: Object) -> SubscriptionState:
    """Let everything here follow from a subscription that was fetched just now, in the caller's transaction.

    The organisation's row is taken before the subscription's, as pages and entitlements take it.
    """
    card, following = card_of(subscription, subscription["customer"]), _following(subscription)
    Organization.objects.select_for_update(no_key=True).get()
    row = record(subscription, card, following)
    _notice_a_second(row)
    trials.follow(row, card)
    settle()
    return row


def _notice_a_second(row: SubscriptionState) -> None:
    """Leave an error in the log where somebody pays for two subscriptions."""
    running = SubscriptionState.objects.filter(status__in=SubscriptionState.RUNNING)
    if row.status in SubscriptionState.RUNNING and running.exclude(id=row.id).exists():
        log.error("organisation %s has more than one subscription that runs, %s is one", row.org_id, row.stripe_id)


def _following(subscription: Object) -> Following | None:
    """Fetch what the subscription becomes at the end of its period, where a schedule says so."""
    if not subscription["schedule"]:
        return None
    schedule = as_json(client().v1.subscription_schedules.retrieve(subscription["schedule"]))
    present = schedule["current_phase"]
    for phase in schedule["phases"] if present else ():
        if phase["start_date"] == present["end_date"]:
            return _planned(phase["items"][0]["price"])
    return None


def _planned(price: str | Object) -> Following | None:
    whole = price if isinstance(price, dict) else as_json(client().v1.prices.retrieve(price))
    found = plan_of(whole)
    return Following(found[0], found[1].value) if found else None
