"""Checkout sessions: from the page's first sight to the payment, the subscription or the card that was set up."""

from billing.sandbox import charging, invoicing, setting_up
from billing.sandbox.clock import DAY
from billing.sandbox.events import emit
from billing.sandbox.faults import ApiError, invalid
from billing.sandbox.methods import keep, method_for
from billing.sandbox.objects.payments import CUSTOMER
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State
from billing.sandbox.subscribing import Wanted, begin


def pay(state: State, session: Object, token: str, email: str | None) -> str:
    """Pay by a test card that the page offers; return the address to go on at, raise `ApiError` for a decline."""
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.")
    method = method_for(state, token)
    customer = _customer(state, session, email)
    if customer and session["mode"] != "payment":
        keep(state, method, customer)
    intent = _intent(state, session, customer, method)
    state.secrets_of(session["id"])["intent"] = intent["id"]
    state.secrets_of(intent["id"])["session"] = session["id"]
    back = f"{state.base_url}/checkout/{session['id']}/back"
    _confirm(state, session, intent, method, back)
    return go_on(state, session)


def go_on(state: State, session: Object) -> str:
    """Return where the person goes now: to their bank, or back to the shop. Raises `ApiError` for a decline."""
    intent = state.find(state.secrets_of(session["id"]).get("intent", ""))
    if session["status"] == "complete" or intent is None:
        return returning(session)
    if intent["status"] == "requires_action":
        return f"{state.base_url}/3ds/{intent['id']}"
    error = intent.get("last_payment_error") or intent.get("last_setup_error")
    if error:
        raise ApiError(402, "card_error", error["message"], code=error["code"])
    complete(state, session, intent)
    return returning(session)


def returning(session: Object) -> str:
    """Return the shop's address."""
    done = session["status"] == "complete"
    address: str = (session["success_url"] if done else session["cancel_url"]) or ""
    return address.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _customer(state: State, session: Object, email: str | None) -> Object | None:
    if session["customer"]:
        return state.get("customer", session["customer"])
    if session["mode"] == "payment" and session["customer_creation"] != "always":
        return None
    made = state.make(CUSTOMER, email=session["customer_email"] or email)
    emit(state, "customer.created", made)
    session["customer"] = made["id"]
    return made


def _intent(state: State, session: Object, customer: Object | None, method: Object) -> Object:
    """Return the intent that this session is about, made where there is none yet."""
    hidden = state.secrets_of(session["id"])
    if session["mode"] == "setup":
        intent = state.get("setup_intent", session["setup_intent"])
        intent["customer"] = session["customer"]
        return intent
    if known := state.find(hidden.get("intent", "")):
        return known
    if session["mode"] == "payment":
        owner = customer and customer["id"]
        data = hidden["data"]
        intent = charging.start(state, session["amount_total"], session["currency"], customer=owner, **data)
        session["payment_intent"] = intent["id"]
        return intent
    if hidden["trial_end"] or hidden["trial_days"]:
        return setting_up.start(state, customer=session["customer"])
    return invoicing.intent_of(state, _first_invoice(state, session, method))


def _first_invoice(state: State, session: Object, method: Object) -> Object:
    subscription = _subscribe(state, session, method, None)
    return state.get("invoice", subscription["latest_invoice"])


def _subscribe(state: State, session: Object, method: Object, trial_end: int | None) -> Object:
    hidden = state.secrets_of(session["id"])
    rows = [row for row in state.every("item") if state.secrets_of(row["id"])["session"] == session["id"]]
    items = [(state.get("price", row["price"]), row["quantity"]) for row in rows]
    fields = {**hidden["data"], "default_payment_method": method["id"]}
    wanted = Wanted(items, fields, trial_end, "default_incomplete")
    subscription = begin(state, state.get("customer", session["customer"]), wanted)
    session |= {"subscription": subscription["id"], "invoice": subscription["latest_invoice"]}
    return subscription


def _confirm(state: State, session: Object, intent: Object, method: Object, back: str) -> None:
    intent["payment_method"] = method["id"]
    if intent["object"] == "setup_intent":
        setting_up.confirm(state, intent, back)
        return
    charging.confirm(state, intent, return_url=back)
    if session["subscription"]:
        state.get("subscription", session["subscription"])["default_payment_method"] = method["id"]
        invoicing.follow(state, state.get("invoice", session["invoice"]), intent)


def complete(state: State, session: Object, intent: Object) -> None:
    """Close a session whose intent has succeeded."""
    hidden = state.secrets_of(session["id"])
    if session["mode"] == "subscription" and not session["subscription"]:
        trial_end = hidden["trial_end"] or state.now() + hidden["trial_days"] * DAY
        _subscribe(state, session, state.get("payment_method", intent["payment_method"]), trial_end)
    paid = intent["object"] == "payment_intent"
    owner = state.get("customer", session["customer"]) if session["customer"] else {}
    named = ("email", "name", "phone", "address", "business_name", "individual_name")
    session |= {
        "customer_details": {name: owner.get(name) for name in named} | {"tax_exempt": "none", "tax_ids": []},
        "payment_status": "paid" if paid else "no_payment_required",
        "status": "complete",
        "url": None,
    }
    emit(state, "checkout.session.completed", session)
