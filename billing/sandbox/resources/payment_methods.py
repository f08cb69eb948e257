"""/v1/payment_methods: cards by test token. A card number is refused."""

from billing.sandbox.cards import raw_number
from billing.sandbox.events import changing
from billing.sandbox.faults import missing
from billing.sandbox.listing import PAGING, one, page
from billing.sandbox.methods import drop, keep, method_for
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route
from billing.sandbox.state import State


def create(state: State, params: Params) -> Object:
    params.choice("type", "card")
    card = params.part("card")
    if "number" in card:
        raise raw_number(card.at("number"))
    if "token" not in card:
        raise missing(card.at("token"))
    made = method_for(state, card.needed("token"), card.at("token"))
    made["metadata"] = params.metadata()
    _bill_to(made, params)
    return made


def _bill_to(method: Object, params: Params) -> None:
    details = params.part("billing_details")
    named = {name: details.text(name) for name in ("email", "name", "phone") if name in details}
    method["billing_details"] = method["billing_details"] | named


def update(state: State, params: Params, key: str) -> Object:
    method = state.get("payment_method", key)
    with changing(state, "payment_method.updated", method):
        method["metadata"] = params.metadata(method["metadata"])
        _bill_to(method, params)
    return method


def every(state: State, params: Params) -> Object:
    wanted = {"customer": params.text("customer")} if "customer" in params else {}
    return page(state, state.every("payment_method", **wanted), params, "/v1/payment_methods")


def attach(state: State, params: Params, key: str) -> Object:
    customer = state.get("customer", params.needed("customer"), "customer")
    method = method_for(state, key)
    keep(state, method, customer)
    return method


def detach(state: State, params: Params, key: str) -> Object:
    method = state.get("payment_method", key)
    drop(state, method)
    return method


ROUTES = [
    Route("POST", "/v1/payment_methods", create, "billing_details card metadata type"),
    Route("GET", "/v1/payment_methods", every, f"customer type {PAGING}", kept=False),
    one("payment_method", "/v1/payment_methods/{}"),
    Route("POST", "/v1/payment_methods/{}", update, "billing_details metadata"),
    Route("POST", "/v1/payment_methods/{}/attach", attach, "customer"),
    Route("POST", "/v1/payment_methods/{}/detach", detach),
]
