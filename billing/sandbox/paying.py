"""An intent and what hangs on it: an invoice with its subscription, a Checkout session."""

from billing.sandbox import charging, checking_out, invoicing, setting_up
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State


def confirm(state: State, intent: Object, off_session: bool, return_url: str | None) -> None:
    """Confirm a payment; an invoice that waited for it follows."""
    charging.confirm(state, intent, off_session, return_url)
    _follow(state, intent)


def authenticated(state: State, intent: Object, passed: bool) -> None:
    """Go on after the bank's page with an intent of either kind."""
    if intent["object"] == "setup_intent":
        setting_up.authenticated(state, intent, passed)
    else:
        charging.authenticated(state, intent, passed)
    _follow(state, intent)


def _follow(state: State, intent: Object) -> None:
    hidden = state.secrets_of(intent["id"])
    if key := hidden.get("invoice"):
        invoicing.follow(state, state.get("invoice", key), intent)
    if (key := hidden.get("session")) and intent["status"] == "succeeded":
        session = state.get("checkout.session", key)
        if session["status"] == "open":
            checking_out.complete(state, session, intent)
