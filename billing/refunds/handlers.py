"""Our refunds hear from Stripe what became of them."""

from billing.refunds.following import follow
from billing.webhooks.registry import StripeEvent, handles


@handles("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
def refund_changed(event: StripeEvent) -> None:
    follow(event.object)
