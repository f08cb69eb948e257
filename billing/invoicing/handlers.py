"""When usage is billed: a renewal's invoice appears, or a subscription ends."""

from billing.invoicing.models import BilledPeriod
from billing.invoicing.periods import Ended, bill
from billing.payments.fetching import fetch_subscription
from billing.payments.invoices import subscription_of
from billing.payments.moments import moment
from billing.webhooks.registry import StripeEvent, handles


@handles("invoice.created", "invoice.updated", "invoice.finalized")
def renewal_drafted(event: StripeEvent) -> None:
    """Bill the period that a renewal ends. Any of its events does it: one that was lost loses no usage."""
    invoice = event.object
    subscription = subscription_of(invoice)
    renews = subscription and invoice.get("billing_reason") == "subscription_cycle" and invoice["status"] != "void"
    if renews and not BilledPeriod.objects.filter(invoice_id=invoice["id"]).exists():
        bill(Ended(fetch_subscription(subscription), moment(invoice["period_end"]), invoice["id"]))


@handles("customer.subscription.deleted")
def subscription_ended(event: StripeEvent) -> None:
    """Bill what was used since the last renewal, on an invoice of its own."""
    subscription = event.object
    if subscription["status"] == "canceled" and subscription["ended_at"]:
        bill(Ended(subscription, moment(subscription["ended_at"])))
