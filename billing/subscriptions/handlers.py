"""What Stripe's events do here. Each gets the object as it is now, under its customer's lock, in one transaction."""

from typing import Any

from billing.payments.moments import moment
from billing.subscriptions import trials
from billing.subscriptions.entitling import current, settle
from billing.subscriptions.fetching import look, see
from billing.subscriptions.mails import tell_of_end_of_trial
from billing.subscriptions.models import SubscriptionState
from billing.webhooks.registry import Followed, StripeEvent, follows, handles


@handles(
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
)
def subscription_moved(event: StripeEvent) -> None:
    see(event.object)


@handles("customer.subscription.trial_will_end")
def trial_will_end(event: StripeEvent) -> None:
    row = see(event.object)
    if row.status == SubscriptionState.Status.TRIALING:
        tell_of_end_of_trial(row)


@handles("customer.updated")
def customer_changed(event: StripeEvent) -> None:
    """Another card may pay now."""
    if row := current():
        look(row.stripe_id)


@handles("setup_intent.requires_action", "setup_intent.succeeded", "setup_intent.setup_failed", "setup_intent.canceled")
def verification_moved(event: StripeEvent) -> None:
    trials.hear(event.object)
    settle()


@handles("checkout.session.expired")
def checkout_ran_out(event: StripeEvent) -> None:
    trials.abandon(event.object["id"])
    settle()


def _is_so(subscription: dict[str, Any]) -> bool:
    return bool(
        SubscriptionState.objects.filter(
            stripe_id=subscription["id"],
            status=subscription["status"],
            period_end=moment(subscription["items"]["data"][0]["current_period_end"]),
        ).exists()
    )


# Ended ones too: a row that says otherwise keeps a plan open.
follows(Followed("subscriptions", _is_so, see, {"status": "all"}))
