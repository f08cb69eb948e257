"""A subscription's status, as its invoices and its owner move it."""

from billing.sandbox.events import changing, emit
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State

ENDED = {"canceled", "incomplete_expired"}


def subscription_of(state: State, invoice: Object) -> Object | None:
    """Return the subscription that an invoice is for."""
    if not invoice["parent"]:
        return None
    return state.get("subscription", invoice["parent"]["subscription_details"]["subscription"])


def move(state: State, subscription: Object, status: str) -> None:
    """Give a subscription another status."""
    with changing(state, "customer.subscription.updated", subscription):
        subscription["status"] = status


def paid(state: State, invoice: Object) -> None:
    """An invoice is paid: its subscription goes on."""
    subscription = subscription_of(state, invoice)
    if subscription and subscription["status"] in {"incomplete", "past_due", "unpaid"}:
        move(state, subscription, "active")


def failed(state: State, invoice: Object) -> None:
    """A payment failed: a subscription that ran is past due; one that never ran waits."""
    subscription = subscription_of(state, invoice)
    if subscription and subscription["status"] in {"active", "trialing"}:
        move(state, subscription, "past_due")


def end(state: State, subscription: Object, reason: str, status: str = "canceled") -> None:
    """End a subscription for good; `reason` is one of Stripe's cancellation reasons."""
    now = state.now()
    subscription |= {
        "status": status,
        "ended_at": now,
        "canceled_at": subscription["canceled_at"] or now,
        "cancellation_details": subscription["cancellation_details"] | {"reason": reason},
        "schedule": None,
    }
    kind = "customer.subscription.deleted" if status == "canceled" else "customer.subscription.updated"
    emit(state, kind, subscription, None if status == "canceled" else {"status": "incomplete"})
