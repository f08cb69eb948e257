"""A subscription is fetched, and everything here follows from it: its row, its trial, the plan that is open."""

from typing import Any

from billing.catalogue.stripe_prices import plan_of
from billing.processor.client import as_json, client
from billing.subscriptions import trials
from billing.subscriptions.cards import card_of
from billing.subscriptions.entitling import settle
from billing.subscriptions.models import SubscriptionState
from billing.subscriptions.projection import Following, record

Object = dict[str, Any]


def look(stripe_id: str) -> SubscriptionState:
    """Fetch a subscription and let everything here follow from it."""
    return see(as_json(client().v1.subscriptions.retrieve(stripe_id)))


def see(subscription: Object) -> SubscriptionState:
    """Let everything here follow from a subscription that was fetched just now, in the caller's transaction."""
    card = card_of(subscription, subscription["customer"])
    row = record(subscription, card, _following(subscription))
    trials.follow(row, card)
    settle()
    return row


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
