"""/v1/payment_intents"""

from billing.sandbox import charging, paying
from billing.sandbox.faults import declined, missing
from billing.sandbox.listing import every, one
from billing.sandbox.methods import keep, method_for
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route
from billing.sandbox.state import State

_TAKES = (
    "amount automatic_payment_methods currency customer description metadata payment_method payment_method_options "
    "payment_method_types receipt_email setup_future_usage statement_descriptor_suffix"
)


def create(state: State, params: Params) -> Object:
    if customer := params.text("customer"):
        state.get("customer", customer, "customer")
    token = params.text("payment_method")
    amount, currency = params.integer("amount", 1), params.needed("currency")
    if amount is None:
        raise missing("amount")
    made = charging.start(
        state,
        amount,
        currency.lower(),
        automatic_payment_methods=_automatic(params),
        customer=customer,
        description=params.text("description"),
        metadata=params.metadata(),
        payment_method=method_for(state, token)["id"] if token else None,
        receipt_email=params.text("receipt_email"),
        setup_future_usage=params.choice("setup_future_usage", "off_session on_session"),
        statement_descriptor_suffix=params.text("statement_descriptor_suffix", 22),
    )
    _options(made, params)
    return _confirmed(state, made, params) if params.flag("confirm") else made


def _automatic(params: Params) -> Object | None:
    given = params.part("automatic_payment_methods")
    if not given.flag("enabled"):
        return None
    return {"allow_redirects": given.choice("allow_redirects", "always never", "always"), "enabled": True}


def _options(intent: Object, params: Params) -> None:
    asked = (
        params.part("payment_method_options").part("card").choice("request_three_d_secure", "any automatic challenge")
    )
    if asked:
        card = intent["payment_method_options"]["card"] | {"request_three_d_secure": asked}
        intent["payment_method_options"] = intent["payment_method_options"] | {"card": card}


def update(state: State, params: Params, key: str) -> Object:
    intent = state.get("payment_intent", key)
    intent["metadata"] = params.metadata(intent["metadata"])
    intent |= {name: params.text(name) for name in ("description", "receipt_email") if name in params}
    if amount := params.integer("amount", 1):
        intent["amount"] = amount
    if token := params.text("payment_method"):
        intent |= {"payment_method": method_for(state, token)["id"], "status": "requires_confirmation"}
    return intent


def confirm(state: State, params: Params, key: str) -> Object:
    intent = state.get("payment_intent", key)
    _options(intent, params)
    if token := params.text("payment_method"):
        intent["payment_method"] = method_for(state, token)["id"]
    return _confirmed(state, intent, params)


def _confirmed(state: State, intent: Object, params: Params) -> Object:
    if not intent["payment_method"]:
        raise missing("payment_method")
    address = params.text("return_url")
    state.secrets_of(intent["id"])["return_url"] = address
    method = state.get("payment_method", intent["payment_method"])
    paying.confirm(state, intent, params.flag("off_session") or False, address)
    if error := intent["last_payment_error"]:
        raise declined(error, payment_intent=intent)
    if intent["setup_future_usage"] and intent["customer"]:
        keep(state, method, state.get("customer", intent["customer"]))
        state.secrets_of(method["id"])["set_up"] = intent["status"] == "succeeded"
    return intent


def cancel(state: State, params: Params, key: str) -> Object:
    intent = state.get("payment_intent", key)
    charging.cancel(state, intent, params.text("cancellation_reason"))
    return intent


ROUTES = [
    Route("POST", "/v1/payment_intents", create, f"{_TAKES} confirm off_session return_url"),
    every("payment_intent", "/v1/payment_intents", "customer"),
    one("payment_intent", "/v1/payment_intents/{}", "client_secret"),
    Route("POST", "/v1/payment_intents/{}", update, "amount description metadata payment_method receipt_email"),
    Route(
        "POST",
        "/v1/payment_intents/{}/confirm",
        confirm,
        "off_session payment_method payment_method_options return_url",
    ),
    Route("POST", "/v1/payment_intents/{}/cancel", cancel, "cancellation_reason"),
    every("charge", "/v1/charges", "customer payment_intent"),
    one("charge", "/v1/charges/{}"),
    every("balance_transaction", "/v1/balance_transactions", "source type"),
    one("balance_transaction", "/v1/balance_transactions/{}"),
]
