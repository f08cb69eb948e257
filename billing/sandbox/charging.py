"""A payment intent's way: confirmed, authenticated where the card asks for it, then paid or declined."""

from billing.sandbox.balance import book, charge_fee
from billing.sandbox.cards import Card, refusal
from billing.sandbox.disputing import open_dispute, warn
from billing.sandbox.events import emit
from billing.sandbox.faults import wrong_state
from billing.sandbox.methods import card_of
from billing.sandbox.objects.payments import CHARGE, PAYMENT_INTENT
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State

CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
_NOT_AUTHENTICATED = (
    "The provided payment method has failed authentication. You can provide payment_method_data or a new "
    "payment_method to attempt to fulfill this payment again."
)


def start(state: State, amount: int, currency: str, **known: object) -> Object:
    """Make a payment intent. What it is for stands in its `State.secrets_of`."""
    made = state.make(PAYMENT_INTENT, amount=amount, currency=currency, **known)
    made["client_secret"] = f"{made['id']}_secret_{state.new_id('secret')[7:]}"
    made["status"] = "requires_confirmation" if made["payment_method"] else "requires_payment_method"
    emit(state, "payment_intent.created", made)
    return made


def confirm(state: State, intent: Object, off_session: bool = False, return_url: str | None = None) -> None:
    """Try to be paid by the intent's method; the intent says afterwards what came of it."""
    if intent["status"] not in CONFIRMABLE:
        text = f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}."
        raise wrong_state("payment_intent_unexpected_state", text)
    card = card_of(state, intent["payment_method"])
    intent |= {"last_payment_error": None, "next_action": None}
    if code := _queued_decline(state, intent["customer"]):
        _fail(state, intent, card, code)
    elif _must_authenticate(state, intent, card):
        if off_session:
            _fail(state, intent, card, "authentication_required")
        else:
            _ask(state, intent, return_url)
    else:
        _pay(state, intent, card, authenticated=False)


def authenticated(state: State, intent: Object, passed: bool) -> None:
    """Go on after the bank's 3-D Secure page."""
    if intent["status"] != "requires_action":
        raise wrong_state("payment_intent_unexpected_state", "This payment does not wait for authentication.")
    intent["next_action"] = None
    if passed:
        _pay(state, intent, card_of(state, intent["payment_method"]), authenticated=True)
        return
    error = {
        "code": "payment_intent_authentication_failure",
        "message": _NOT_AUTHENTICATED,
        "type": "invalid_request_error",
    }
    _refused(state, intent, error)


def cancel(state: State, intent: Object, reason: str | None) -> None:
    """Give an intent up."""
    if intent["status"] in {"succeeded", "canceled"}:
        text = f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
        raise wrong_state("payment_intent_unexpected_state", text)
    intent |= {"status": "canceled", "canceled_at": state.now(), "cancellation_reason": reason, "next_action": None}
    emit(state, "payment_intent.canceled", intent)


def _queued_decline(state: State, customer: str | None) -> str | None:
    queued: list[str] = state.secrets_of(customer).get("declines", []) if customer else []
    return queued.pop(0) if queued else None


def _must_authenticate(state: State, intent: Object, card: Card) -> bool:
    if intent["payment_method_options"]["card"]["request_three_d_secure"] in {"any", "challenge"}:
        return True
    set_up = state.secrets_of(intent["payment_method"]).get("set_up", False)
    return card.authenticate == "always" or (card.authenticate == "setup" and not set_up)


def _ask(state: State, intent: Object, return_url: str | None) -> None:
    intent |= {"status": "requires_action", "next_action": next_action(state, intent["id"], return_url)}
    emit(state, "payment_intent.requires_action", intent)


def next_action(state: State, intent: str, return_url: str | None) -> Object:
    """Return where the bank's page is, as an intent says it."""
    url = f"{state.base_url}/3ds/{intent}"
    if return_url:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}


def _pay(state: State, intent: Object, card: Card, authenticated: bool) -> None:
    if code := card.charge or card.attach:
        _fail(state, intent, card, code)
        return
    charge = _charge(state, intent, card, authenticated)
    moved = book(state, "charge", charge, charge["amount"], charge_fee(charge["amount"]), "charge")
    charge["balance_transaction"] = moved["id"]
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"]}
    emit(state, "charge.succeeded", charge)
    emit(state, "payment_intent.succeeded", intent)
    if card.after == "warning":
        warn(state, charge)
    elif card.after:
        open_dispute(state, charge, card.after.partition(":")[2], card.case_type)


def _fail(state: State, intent: Object, card: Card, code: str) -> None:
    error = refusal(code)
    charge = _charge(state, intent, card, authenticated=False)
    charge |= {
        "amount_captured": 0,
        "captured": False,
        "failure_code": error["code"],
        "failure_message": error["message"],
        "outcome": _outcome(error),
        "paid": False,
        "status": "failed",
    }
    intent["latest_charge"] = charge["id"]
    emit(state, "charge.failed", charge)
    _refused(state, intent, error | {"charge": charge["id"]})


def _refused(state: State, intent: Object, error: Object) -> None:
    method = state.get("payment_method", intent["payment_method"])
    error = {**error, "payment_method": dict(method), "payment_method_type": "card"}
    intent |= {"status": "requires_payment_method", "last_payment_error": error, "payment_method": None}
    emit(state, "payment_intent.payment_failed", intent)


def _charge(state: State, intent: Object, card: Card, authenticated: bool) -> Object:
    method = state.get("payment_method", intent["payment_method"])
    return state.make(
        CHARGE,
        amount=intent["amount"],
        amount_captured=intent["amount"],
        billing_details=method["billing_details"],
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        metadata=dict(intent["metadata"]),
        outcome=_outcome(None),
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"card": _paid_by(method, card, authenticated), "type": "card"},
        receipt_url=f"{state.base_url}/receipt",
    )


def _paid_by(method: Object, card: Card, authenticated: bool) -> Object:
    named = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    result = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": "sandbox-3ds",
        "version": "2.2.0",
    }
    return {name: method["card"][name] for name in named} | {
        "network": card.brand,
        "three_d_secure": result if authenticated else None,
    }


def _outcome(error: Object | None) -> Object:
    return {
        "advice_code": error and error["advice_code"],
        "network_advice_code": error and error["network_advice_code"],
        "network_decline_code": error and error["network_decline_code"],
        "network_status": "declined_by_network" if error else "approved_by_network",
        "reason": error and error["decline_code"],
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank declined the payment." if error else "Payment complete.",
        "type": "issuer_declined" if error else "authorized",
    }
