"""Leading the lines of a period to Stripe, each once: the key of a request is that of its line."""

import uuid
from typing import Any

import stripe
from django.utils import timezone

from audit.outbox import handles
from billing.invoicing.models import BilledPeriod, UsageLine
from billing.invoicing.periods import CURRENCY, PLACING
from billing.processor.accounts import customer_id
from billing.processor.client import client
from billing.processor.operations import perform

_TOO_LATE = "invoice_not_editable"


@handles(PLACING)
def deliver(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
    """Place the lines of a period; what Stripe did before a failure it does not do again."""
    place(BilledPeriod.objects.select_for_update().get(id=payload["period"]))


def place(period: BilledPeriod) -> None:
    """Put every line of a period that is worth something on its invoice, and note that they are there."""
    for line in period.lines.filter(stripe_item_id="").exclude(cents=0):
        line.stripe_item_id = _place_line(period, line)
        line.save(update_fields=["stripe_item_id"])
    if period.is_last and period.cents > period.included_cents and not period.invoice_id:
        period.invoice_id = _own_invoice(period)
    period.placed_at = timezone.now()
    period.save(update_fields=["invoice_id", "placed_at"])


def _place_line(period: BilledPeriod, line: UsageLine) -> str:
    """Return the id of the item that a line became: on its invoice, or on the next one where that is closed."""
    params = item_params(period, line)
    if not period.invoice_id:
        return str(perform("usage_item", line.usage_key, params, _create_item)["id"])
    try:
        on_it = params | {"invoice": period.invoice_id}
        return str(perform("usage_item", line.usage_key, on_it, _create_item)["id"])
    except stripe.InvalidRequestError as error:
        if error.code != _TOO_LATE:
            raise
    return str(perform("usage_item", f"{line.usage_key}:next", params, _create_item)["id"])


def item_params(period: BilledPeriod, line: UsageLine) -> dict[str, Any]:
    """Return what Stripe is asked for. It takes an exact amount or a quantity: so the quantities are in the words."""
    times = {"start": int(period.starts_at.timestamp()), "end": int(period.ends_at.timestamp())}
    return {
        "customer": customer_id(),
        "amount": line.cents,
        "currency": CURRENCY,
        "description": describe(line),
        "metadata": {"usage_key": line.usage_key, "calls": str(line.calls)},
        "period": times,
    }


def describe(line: UsageLine) -> str:
    """Return what a customer reads on the invoice."""
    if not line.model:
        return "Usage that your plan includes"
    read, written = f"{line.tokens_in:,} tokens in", f"{line.tokens_out:,} out"
    return f"{line.model} (price of {line.price_version}): {line.calls:,} calls, {read}, {written}"


def _own_invoice(period: BilledPeriod) -> str:
    """Return the invoice of a last period, made of the items that wait and closed: Stripe collects it."""
    asked = {"customer": customer_id(), "currency": CURRENCY, "pending_invoice_items_behavior": "include"}
    made = perform("usage_invoice", f"usage-invoice:{period.id}", asked, _create_invoice)
    perform("usage_invoice_end", f"usage-invoice-end:{period.id}", {"invoice": made["id"]}, _finalize)
    return str(made["id"])


def _create_item(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401 (an object of the SDK)
    return client().v1.invoice_items.create(params, {"idempotency_key": key})  # type: ignore[arg-type]  # plain JSON


def _create_invoice(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401
    return client().v1.invoices.create(params, {"idempotency_key": key})  # type: ignore[arg-type]  # plain JSON


def _finalize(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401
    options: stripe.RequestOptions = {"idempotency_key": key}
    return client().v1.invoices.finalize_invoice(params["invoice"], {"auto_advance": True}, options)
