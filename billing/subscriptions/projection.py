"""Stripe's subscriptions into rows. Objects are JSON of API version 2026-08-26.dahlia: items have the period."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from billing.catalogue.models import PlanVersion
from billing.catalogue.stripe_prices import plan_of
from billing.payments.invoices import id_of
from billing.payments.moments import moment, moment_or_none
from billing.subscriptions.cards import Card
from billing.subscriptions.models import SubscriptionState


@dataclass(frozen=True, slots=True)
class Following:
    """What a subscription becomes at the end of its period."""

    plan: PlanVersion
    interval: str


@transaction.atomic
def record(subscription: Mapping[str, Any], card: Card | None, following: Following | None) -> SubscriptionState:
    """Let a row follow from an object that was fetched just now, the card that pays it and what is planned for it.

    What has ended stays so: of two objects, one that runs is then the older.
    """
    values = {**_values(subscription), **_card_values(subscription, card)}
    values |= {"next_plan": following and following.plan, "next_interval": following.interval if following else ""}
    row, new = SubscriptionState.objects.select_for_update().get_or_create(
        stripe_id=subscription["id"], defaults=values
    )
    if new or (row.status in SubscriptionState.ENDED and values["status"] not in SubscriptionState.ENDED):
        return row  # type: ignore[no-any-return]  # the manager of tenant models has no row type
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if changed:
        for name in changed:
            setattr(row, name, values[name])
        row.revision += 1
        row.save()
    return row  # type: ignore[no-any-return]  # as above


def _values(subscription: Mapping[str, Any]) -> dict[str, Any]:
    item = subscription["items"]["data"][0]
    plan, interval = plan_of(item["price"]) or (None, "")
    one = len(subscription["items"]["data"]) == 1 and item["quantity"] == 1
    return {
        "item_id": item["id"],
        "schedule_id": id_of(subscription["schedule"]),
        "status": subscription["status"],
        "plan": plan if one else None,
        "interval": interval if one else "",
        "period_start": moment(item["current_period_start"]),
        "period_end": moment(item["current_period_end"]),
        "trial_end": moment_or_none(subscription["trial_end"]),
        "cancel_at_period_end": subscription["cancel_at_period_end"] or subscription["cancel_at"] is not None,
        "ended_at": moment_or_none(subscription["ended_at"]),
        "created_at": moment(subscription["created"]),
    }


def _card_values(subscription: Mapping[str, Any], card: Card | None) -> dict[str, Any]:
    waits = bool(subscription["pending_setup_intent"])
    if card is None:
        return {"verified": False, "card_brand": "", "card_last4": "", "card_expires": ""}
    return {
        "verified": not waits,
        "card_brand": card.brand,
        "card_last4": card.last4,
        "card_expires": card.expires,
    }
