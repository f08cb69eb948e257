"""A setup intent's way: a card is authenticated without being charged, to be kept for later."""

from billing.sandbox.cards import refusal
from billing.sandbox.charging import next_action
from billing.sandbox.events import changing, emit
from billing.sandbox.faults import wrong_state
from billing.sandbox.methods import card_of, keep
from billing.sandbox.objects.payments import SETUP_INTENT
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State

CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
_NOT_AUTHENTICATED = "The latest attempt to set up the payment method has failed because authentication failed."


def start(state: State, **known: object) -> Object:
    """Make a setup intent."""
    made = state.make(SETUP_INTENT, **known)
    made["client_secret"] = f"{made['id']}_secret_{state.new_id('secret')[7:]}"
    made["status"] = "requires_confirmation" if made["payment_method"] else "requires_payment_method"
    emit(state, "setup_intent.created", made)
    return made


def confirm(state: State, intent: Object, return_url: str | None = None) -> None:
    """Try to set the intent's method up; the intent says afterwards what came of it."""
    if intent["status"] not in CONFIRMABLE:
        text = f"You cannot confirm this SetupIntent because it has a status of {intent['status']}."
        raise wrong_state("setup_intent_unexpected_state", text)
    card = card_of(state, intent["payment_method"])
    intent |= {"last_setup_error": None, "next_action": None}
    if card.attach:
        _refused(state, intent, refusal(card.attach))
    elif card.authenticate != "never":
        intent |= {"status": "requires_action", "next_action": next_action(state, intent["id"], return_url)}
        emit(state, "setup_intent.requires_action", intent)
    else:
        _done(state, intent)


def authenticated(state: State, intent: Object, passed: bool) -> None:
    """Go on after the bank's 3-D Secure page."""
    if intent["status"] != "requires_action":
        raise wrong_state("setup_intent_unexpected_state", "This card does not wait for authentication.")
    intent["next_action"] = None
    if passed:
        _done(state, intent)
        return
    error = {
        "code": "setup_intent_authentication_failure",
        "message": _NOT_AUTHENTICATED,
        "type": "invalid_request_error",
    }
    _refused(state, intent, error)


def cancel(state: State, intent: Object, reason: str | None) -> None:
    """Give an intent up."""
    if intent["status"] in {"succeeded", "canceled"}:
        text = f"You cannot cancel this SetupIntent because it has a status of {intent['status']}."
        raise wrong_state("setup_intent_unexpected_state", text)
    intent |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    emit(state, "setup_intent.canceled", intent)


def _done(state: State, intent: Object) -> None:
    method = state.get("payment_method", intent["payment_method"])
    if intent["customer"]:
        keep(state, method, state.get("customer", intent["customer"]))
    state.secrets_of(method["id"])["set_up"] = True
    intent["status"] = "succeeded"
    emit(state, "setup_intent.succeeded", intent)
    for subscription in state.every("subscription", pending_setup_intent=intent["id"]):
        with changing(state, "customer.subscription.updated", subscription):
            subscription["pending_setup_intent"] = None
            if subscription["payment_settings"]["save_default_payment_method"] == "on_subscription":
                subscription["default_payment_method"] = method["id"]


def _refused(state: State, intent: Object, error: Object) -> None:
    method = state.get("payment_method", intent["payment_method"])
    error = {**error, "payment_method": dict(method), "payment_method_type": "card"}
    intent |= {"status": "requires_payment_method", "last_setup_error": error, "payment_method": None}
    emit(state, "setup_intent.setup_failed", intent)
