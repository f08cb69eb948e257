"""The bank's 3-D Secure page: the person confirms, or does not."""

from urllib.parse import urlencode

from billing.sandbox import paying
from billing.sandbox.exchange import Request, Response, redirect
from billing.sandbox.faults import no_such
from billing.sandbox.objects.template import Object
from billing.sandbox.pages.drawing import draw, money
from billing.sandbox.state import State


def answer(state: State, request: Request, rest: list[str]) -> Response:
    """Answer ``/3ds/<intent>``."""
    intent = state.find(rest[0])
    if intent is None or intent["object"] not in {"payment_intent", "setup_intent"}:
        raise no_such("intent", rest[0], "id")
    waiting = intent["status"] == "requires_action"
    action = intent["next_action"] or {}
    address = action.get("redirect_to_url", {}).get("return_url")
    if request.method == "POST" and waiting:
        passed = request.form().get("outcome") == "pass"
        paying.authenticated(state, intent, passed)
        if address:
            return redirect(_back(intent, address, passed))
        waiting = False
    amount = money(intent["amount"], intent["currency"]) if intent["object"] == "payment_intent" else ""
    return draw("secure", 200, _end(state, address), title="3-D Secure", intent=intent, waiting=waiting, amount=amount)


def _end(state: State, address: str | None) -> str | None:
    """Return where the way back ends: our Checkout sends people on, and browsers hold all of the way to the policy."""
    own = f"{state.base_url}/checkout/"
    if address is None or not address.startswith(own):
        return address
    success: str = state.get("checkout.session", address.removeprefix(own).partition("/")[0])["success_url"]
    return success


def _back(intent: Object, address: str, passed: bool) -> str:
    said = {
        intent["object"]: intent["id"],
        f"{intent['object']}_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if passed else "failed",
    }
    return f"{address}{'&' if '?' in address else '?'}{urlencode(said)}"
