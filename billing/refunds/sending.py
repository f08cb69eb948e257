"""An approved refund goes to Stripe, once: under the key ``refund:<id>``, however often it is tried."""

import uuid
from typing import Any

import stripe

from audit.outbox import handles
from billing.payments.charges import record_charge
from billing.payments.fetching import fetch_charge
from billing.payments.models import ChargeState
from billing.processor.client import as_json, client
from billing.processor.operations import Unclear, perform
from billing.refunds.following import fail, follow
from billing.refunds.models import Refund
from billing.refunds.verbs import SENDING

_MOST_SEARCHED = 100
"""Refunds of one charge that are looked through for ours."""


@handles(SENDING)
def deliver(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
    """Have a refund made; one that Stripe refuses fails, anything else is tried again with the message."""
    ChargeState.objects.select_for_update().get(refunds=payload["refund"])  # first, as who hears of it by webhook
    refund = Refund.objects.select_for_update().get(pk=payload["refund"])
    if refund.state == Refund.State.APPROVED:
        send(refund)


def send(refund: Refund) -> None:
    """Ask Stripe for the refund and let its row, and that of the charge, follow from what it said."""
    charge_id = refund.charge.stripe_id
    params = {
        "charge": charge_id,
        "amount": refund.amount_cents,
        "reason": refund.reason,
        "metadata": {"refund": str(refund.id)},
    }
    try:
        answer: dict[str, Any] | None = perform("refund", f"refund:{refund.id}", params, _create)
    except stripe.InvalidRequestError as error:
        fail(refund, str(error.code or error.user_message or "refused"))
        return
    except Unclear:
        answer = _found(charge_id, refund)
    if answer is None:
        fail(refund, "Stripe knows nothing of it")
        return
    record_charge(fetch_charge(charge_id))
    follow(answer)


def _create(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401 (an object of the SDK)
    return client().v1.refunds.create(params, {"idempotency_key": key})  # type: ignore[arg-type]  # plain JSON


def _found(charge_id: str, refund: Refund) -> dict[str, Any] | None:
    """Return our refund as Stripe has it, where its answer was lost so long ago that its key is forgotten."""
    listed = client().v1.refunds.list({"charge": charge_id, "limit": _MOST_SEARCHED}).data
    mine = [each for each in map(as_json, listed) if (each["metadata"] or {}).get("refund") == str(refund.id)]
    return mine[0] if mine else None
