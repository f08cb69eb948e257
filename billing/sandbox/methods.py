"""Payment methods: made from a test token, kept by a customer."""

from billing.sandbox.cards import Card, card_named, face, refusal
from billing.sandbox.events import emit
from billing.sandbox.faults import declined, invalid
from billing.sandbox.objects.payments import PAYMENT_METHOD
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State


def method_for(state: State, token: str, param: str = "payment_method") -> Object:
    """Return a payment method by its id, or a new one for a test token."""
    if token in state.objects.get("payment_method", {}):
        return state.get("payment_method", token)
    card = card_named(token, param)
    made = state.make(PAYMENT_METHOD, card=face(card))
    state.secrets_of(made["id"])["card"] = card.token
    return made


def card_of(state: State, method: str) -> Card:
    """Return the test card behind a payment method."""
    return card_named(state.secrets_of(method)["card"])


def keep(state: State, method: Object, customer: Object) -> None:
    """Attach a method to a customer; cards that decline at once are refused, as Stripe validates them."""
    if method["customer"] == customer["id"]:
        return
    if method["customer"] or state.secrets_of(method["id"]).get("detached"):
        text = "This PaymentMethod was attached to a Customer before and cannot be used again."
        raise invalid(text, "payment_method", "payment_method_unexpected_state")
    if code := card_of(state, method["id"]).attach:
        raise declined(refusal(code), payment_method=method)
    method["customer"] = customer["id"]
    emit(state, "payment_method.attached", method)


def drop(state: State, method: Object) -> None:
    """Detach a method; nothing pays by it any more."""
    owner = method["customer"]
    if not owner:
        raise invalid("The payment method is not attached to a customer.", "payment_method")
    method["customer"] = None
    state.secrets_of(method["id"])["detached"] = True
    settings = state.get("customer", owner)["invoice_settings"]
    if settings["default_payment_method"] == method["id"]:
        settings["default_payment_method"] = None
    for subscription in state.every("subscription", default_payment_method=method["id"]):
        subscription["default_payment_method"] = None
    emit(state, "payment_method.detached", method, {"customer": owner})


def usual(state: State, customer: str, *before: str | None) -> str | None:
    """Return the method to charge: the first of `before`, else the customer's default."""
    default: str | None = state.get("customer", customer)["invoice_settings"]["default_payment_method"]
    return next((each for each in before if each), default)
