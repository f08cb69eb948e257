"""What is owed to Stripe by the transaction that decided it: done after it, once, however often it is tried."""

import uuid
from typing import Any

import stripe

from audit.outbox import handles
from billing.processor.client import as_json, client
from billing.processor.operations import perform
from billing.subscriptions.models import SubscriptionState
from billing.subscriptions.trials import CARD_TOPIC, END_TOPIC

Params = dict[str, Any]


@handles(END_TOPIC)
def end_subscription(message_id: uuid.UUID, payload: Params) -> None:
    """End a subscription at once; one that has ended is left as it is."""
    subscription = payload["subscription"]
    if as_json(client().v1.subscriptions.retrieve(subscription))["status"] not in SubscriptionState.ENDED:
        perform("subscription_end", f"end:{subscription}", {"subscription": subscription}, _cancel)


@handles(CARD_TOPIC)
def pay_by_card(message_id: uuid.UUID, payload: Params) -> None:
    """Let a subscription be paid by the card that was verified for it."""
    perform("subscription_card", f"card:{message_id}", payload, _take_card)


def _cancel(params: Params, key: str) -> stripe.Subscription:
    return client().v1.subscriptions.cancel(params["subscription"], {}, {"idempotency_key": key})


def _take_card(params: Params, key: str) -> stripe.Subscription:
    change: Any = {"default_payment_method": params["method"]}
    return client().v1.subscriptions.update(params["subscription"], change, {"idempotency_key": key})
