"""Balance transactions: what a charge, a refund or a dispute moves."""

from billing.sandbox.clock import DAY
from billing.sandbox.objects.payments import BALANCE_TRANSACTION
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State

#: What a dispute costs, in the currency's minor unit.
DISPUTE_FEE = 1_500


def book(state: State, kind: str, source: Object, amount: int, fee: int, category: str) -> Object:
    """Keep a movement of `amount` (minor units, negative when it leaves) and return it."""
    detail = {
        "amount": fee,
        "application": None,
        "currency": source["currency"],
        "description": "Fees",
        "type": "stripe_fee",
    }
    return state.make(
        BALANCE_TRANSACTION,
        amount=amount,
        available_on=state.now() + 2 * DAY,
        currency=source["currency"],
        fee=fee,
        fee_details=[detail] if fee else [],
        net=amount - fee,
        reporting_category=category,
        source=source["id"],
        type=kind,
    )


def charge_fee(amount: int) -> int:
    """Return what a charge costs: 2.9 % and 30 minor units, rounded half up."""
    return (amount * 29 + 500) // 1_000 + 30
