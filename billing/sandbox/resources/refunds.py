"""/v1/refunds"""

from billing.sandbox.balance import book
from billing.sandbox.disputing import no_longer_actionable
from billing.sandbox.events import emit
from billing.sandbox.faults import invalid, missing
from billing.sandbox.listing import every, one
from billing.sandbox.objects.payments import REFUND
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route
from billing.sandbox.state import State


def create(state: State, params: Params) -> Object:
    charge = _charge(state, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.integer("amount", 1) or left
    if charge["refunded"] or charge["status"] != "succeeded":
        text = f"Charge {charge['id']} has already been refunded, or was never paid."
        raise invalid(text, None, "charge_already_refunded")
    if charge["disputed"] and any(not each["is_charge_refundable"] for each in _disputes(state, charge)):
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", None, "charge_disputed")
    if amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount")
    refund = state.make(
        REFUND,
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        metadata=params.metadata(),
        payment_intent=charge["payment_intent"],
        reason=params.choice("reason", "duplicate fraudulent requested_by_customer"),
    )
    refund["balance_transaction"] = book(state, "refund", refund, -amount, 0, "refund")["id"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    emit(state, "refund.created", refund)
    emit(state, "charge.refunded", charge, {"amount_refunded": charge["amount_refunded"] - amount})
    if charge["refunded"]:
        no_longer_actionable(state, charge)
    return refund


def _charge(state: State, params: Params) -> Object:
    if key := params.text("payment_intent"):
        intent = state.get("payment_intent", key, "payment_intent")
        return state.get("charge", intent["latest_charge"] or "", "payment_intent")
    if not (key := params.text("charge")):
        raise missing("charge")
    return state.get("charge", key, "charge")


def _disputes(state: State, charge: Object) -> list[Object]:
    return state.every("dispute", charge=charge["id"])


def update(state: State, params: Params, key: str) -> Object:
    refund = state.get("refund", key)
    refund["metadata"] = params.metadata(refund["metadata"])
    return refund


ROUTES = [
    Route("POST", "/v1/refunds", create, "amount charge metadata payment_intent reason"),
    every("refund", "/v1/refunds", "charge payment_intent"),
    one("refund", "/v1/refunds/{}"),
    Route("POST", "/v1/refunds/{}", update, "metadata"),
]
