"""What Stripe tells of invoices and cards. Each may come twice and in any order: the object is as it is now."""

from billing.payments.invoices import record_invoice
from billing.recovery.cases import follow, try_card
from billing.recovery.stripe_invoice import card_facts
from billing.recovery.tasks import wake
from billing.webhooks.registry import StripeEvent, handles


@handles(
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.paid",
    "invoice.voided",
    "invoice.marked_uncollectible",
)
def invoice_moved(event: StripeEvent) -> None:
    """A payment failed or came in, or nothing is owed any more."""
    follow(record_invoice(event.object))
    wake()


@handles("payment_method.attached", "payment_method.automatically_updated")
def card_came(event: StripeEvent) -> None:
    """The customer stored a card, or their bank replaced one: what is owed is tried by it."""
    if event.object.get("customer"):
        card_hash = card_facts(event.object)["card_hash"]
        try_card(event.object["id"], card_hash, renewed=event.type == "payment_method.automatically_updated")
        wake()
