"""/v1/setup_intents"""

from billing.sandbox import setting_up
from billing.sandbox.faults import declined, missing
from billing.sandbox.listing import every, one
from billing.sandbox.methods import method_for
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route
from billing.sandbox.state import State

_TAKES = "automatic_payment_methods customer description metadata payment_method payment_method_types usage"


def create(state: State, params: Params) -> Object:
    if customer := params.text("customer"):
        state.get("customer", customer, "customer")
    token = params.text("payment_method")
    made = setting_up.start(
        state,
        customer=customer,
        description=params.text("description"),
        metadata=params.metadata(),
        payment_method=method_for(state, token)["id"] if token else None,
        usage=params.choice("usage", "off_session on_session", "off_session"),
    )
    return _confirmed(state, made, params) if params.flag("confirm") else made


def update(state: State, params: Params, key: str) -> Object:
    intent = state.get("setup_intent", key)
    intent["metadata"] = params.metadata(intent["metadata"])
    if token := params.text("payment_method"):
        intent |= {"payment_method": method_for(state, token)["id"], "status": "requires_confirmation"}
    return intent


def confirm(state: State, params: Params, key: str) -> Object:
    intent = state.get("setup_intent", key)
    if token := params.text("payment_method"):
        intent["payment_method"] = method_for(state, token)["id"]
    return _confirmed(state, intent, params)


def _confirmed(state: State, intent: Object, params: Params) -> Object:
    if not intent["payment_method"]:
        raise missing("payment_method")
    address = params.text("return_url")
    state.secrets_of(intent["id"])["return_url"] = address
    setting_up.confirm(state, intent, address)
    if error := intent["last_setup_error"]:
        raise declined(error, setup_intent=intent)
    return intent


def cancel(state: State, params: Params, key: str) -> Object:
    intent = state.get("setup_intent", key)
    setting_up.cancel(state, intent, params.text("cancellation_reason"))
    return intent


ROUTES = [
    Route("POST", "/v1/setup_intents", create, f"{_TAKES} confirm return_url"),
    every("setup_intent", "/v1/setup_intents", "customer payment_method"),
    one("setup_intent", "/v1/setup_intents/{}", "client_secret"),
    Route("POST", "/v1/setup_intents/{}", update, "description metadata payment_method"),
    Route("POST", "/v1/setup_intents/{}/confirm", confirm, "payment_method return_url"),
    Route("POST", "/v1/setup_intents/{}/cancel", cancel, "cancellation_reason"),
]
