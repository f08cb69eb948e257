"""/v1/checkout/sessions"""

from billing.sandbox import setting_up
from billing.sandbox.clock import DAY
from billing.sandbox.due import expire_session
from billing.sandbox.faults import invalid, missing, wrong_state
from billing.sandbox.listing import every, one, page
from billing.sandbox.objects.hosted import CHECKOUT_LINE, CHECKOUT_SESSION
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.resources.subscriptions import common_fields, price_and_quantity, trial_end
from billing.sandbox.routing import Route
from billing.sandbox.state import State

_TAKES = (
    "cancel_url client_reference_id currency customer customer_creation customer_email expires_at "
    "line_items metadata mode "
    "payment_intent_data payment_method_collection payment_method_types setup_intent_data "
    "subscription_data success_url "
    "ui_mode"
)


def create(state: State, params: Params) -> Object:
    mode = params.choice("mode", "payment setup subscription") or params.needed("mode")
    items = [price_and_quantity(state, each) for each in params.parts("line_items")]
    if (mode == "setup") == bool(items):
        raise missing("line_items") if mode != "setup" else invalid("A setup has no line items.", "line_items")
    for price, _ in items if mode == "payment" else []:
        if price["recurring"]:
            raise invalid("You must use `subscription` mode for recurring prices.", "mode")
    if customer := params.text("customer"):
        state.get("customer", customer, "customer")
    trial = trial_of(state, params)
    total = 0 if trial else sum(price["unit_amount"] * quantity for price, quantity in items)
    session = state.make(CHECKOUT_SESSION, **_fields(state, params, mode, total, bool(items)))
    session["url"] = f"{state.base_url}/checkout/{session['id']}"
    _remember(state, session, params, trial)
    for price, quantity in items:
        _add_line(state, session, price, quantity)
    if mode == "setup":
        data = params.part("setup_intent_data")
        intent = setting_up.start(
            state, customer=customer, metadata=data.metadata(), description=data.text("description")
        )
        session["setup_intent"] = intent["id"]
    return session


def trial_of(state: State, params: Params) -> tuple[int | None, int] | None:
    """Return the trial that a subscription begins with: its end, or its days from when it begins."""
    data = params.part("subscription_data")
    days = data.integer("trial_period_days", 1)
    end = None if days else trial_end(state, data)
    return (end, days or 0) if end or days else None


def _fields(state: State, params: Params, mode: str, total: int, priced: bool) -> Object:
    expires = params.integer("expires_at") or state.now() + DAY
    return {
        "amount_subtotal": total if priced else None,
        "amount_total": total if priced else None,
        "cancel_url": params.text("cancel_url"),
        "client_reference_id": params.text("client_reference_id", 200),
        "currency": params.text("currency") or ("usd" if priced else None),
        "customer": params.text("customer"),
        "customer_creation": params.choice("customer_creation", "always if_required") if mode == "payment" else None,
        "customer_email": params.text("customer_email", 800),
        "expires_at": expires,
        "metadata": params.metadata(),
        "mode": mode,
        "payment_method_collection": params.choice("payment_method_collection", "always", "always"),
        "success_url": params.needed("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0} if priced else None,
    }


def _remember(state: State, session: Object, params: Params, trial: tuple[int | None, int] | None) -> None:
    """Keep what the subscription or the payment shall have once it is made."""
    data: Object = {}
    if session["mode"] == "subscription":
        given = params.part("subscription_data")
        data = common_fields(state, given) | {"metadata": given.metadata()}
    elif session["mode"] == "payment":
        given = params.part("payment_intent_data")
        saving = given.choice("setup_future_usage", "off_session on_session")
        data = {"metadata": given.metadata(), "description": given.text("description"), "setup_future_usage": saving}
    end, days = trial or (None, 0)
    state.secrets_of(session["id"]).update(data=data, trial_end=end, trial_days=days)


def _add_line(state: State, session: Object, price: Object, quantity: int) -> None:
    session["currency"] = price["currency"]
    amount = price["unit_amount"] * quantity
    line = state.make(
        CHECKOUT_LINE,
        amount_subtotal=amount,
        amount_total=amount,
        currency=price["currency"],
        description=state.get("product", price["product"])["name"],
        price=price["id"],
        quantity=quantity,
    )
    state.secrets_of(line["id"])["session"] = session["id"]


def expire(state: State, params: Params, key: str) -> Object:
    session = state.get("checkout.session", key)
    if session["status"] != "open":
        raise wrong_state("checkout_session_not_open", "Only Checkout Sessions with a status of `open` can be expired.")
    expire_session(state, session)
    return session


def lines(state: State, params: Params, key: str) -> Object:
    state.get("checkout.session", key)
    rows = [row for row in state.every("item") if state.secrets_of(row["id"])["session"] == key]
    return page(state, rows[::-1], params, f"/v1/checkout/sessions/{key}/line_items")


ROUTES = [
    Route("POST", "/v1/checkout/sessions", create, _TAKES),
    every("checkout.session", "/v1/checkout/sessions", "customer payment_intent status subscription"),
    one("checkout.session", "/v1/checkout/sessions/{}"),
    Route("POST", "/v1/checkout/sessions/{}/expire", expire),
    Route("GET", "/v1/checkout/sessions/{}/line_items", lines, "ending_before limit starting_after", kept=False),
]
