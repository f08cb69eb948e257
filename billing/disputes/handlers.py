"""What Stripe's events do here. Each runs in the inbox's transaction, with the organisation open."""

from billing.disputes import cases, debts, fraud_warnings
from billing.webhooks.registry import StripeEvent, handles


@handles(
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)
def dispute(event: StripeEvent) -> None:
    cases.hear(event.object, event.created, event.id)


@handles("radar.early_fraud_warning.created", "radar.early_fraud_warning.updated")
def warning(event: StripeEvent) -> None:
    fraud_warnings.hear(event.object)


@handles("invoice.paid")
def invoice_paid(event: StripeEvent) -> None:
    debts.paid(event.object["id"])
