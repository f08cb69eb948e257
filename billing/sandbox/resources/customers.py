"""/v1/customers"""

import re

from billing.sandbox import standing
from billing.sandbox.events import changing, emit
from billing.sandbox.faults import ApiError, invalid
from billing.sandbox.listing import PAGING, every, one, page
from billing.sandbox.methods import keep, method_for
from billing.sandbox.objects.payments import CUSTOMER
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route, deleted
from billing.sandbox.state import State

_TEXTS = ("description", "email", "name", "phone")
_TAKES = "address description email invoice_settings metadata name payment_method phone preferred_locales"


def create(state: State, params: Params) -> Object:
    customer = state.make(CUSTOMER, metadata=params.metadata())
    try:
        _fill(state, customer, params)
    except ApiError:
        state.forget(customer)
        raise
    emit(state, "customer.created", customer)
    return customer


def update(state: State, params: Params, key: str) -> Object:
    customer = state.get("customer", key)
    with changing(state, "customer.updated", customer):
        customer["metadata"] = params.metadata(customer["metadata"])
        _fill(state, customer, params)
    return customer


def _fill(state: State, customer: Object, params: Params) -> None:
    customer |= {name: params.text(name, 512) for name in _TEXTS if name in params}
    if "address" in params:
        given = params.part("address")
        fields = ("city", "country", "line1", "line2", "postal_code", "state")
        customer["address"] = {name: given.text(name) for name in fields}
    if "preferred_locales" in params:
        customer["preferred_locales"] = params.texts("preferred_locales")
    if token := params.text("payment_method"):
        keep(state, method_for(state, token), customer)
    settings = params.part("invoice_settings")
    if "default_payment_method" in settings:
        method = settings.text("default_payment_method")
        if method:
            found = method_for(state, method, settings.at("default_payment_method"))
            keep(state, found, customer)
            method = found["id"]
        customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": method}


def remove(state: State, params: Params, key: str) -> Object:
    customer = state.get("customer", key)
    for subscription in state.every("subscription", customer=key):
        if subscription["status"] not in standing.ENDED:
            standing.end(state, subscription, "cancellation_requested")
    emit(state, "customer.deleted", customer)
    state.forget(customer)
    return deleted(customer)


def search(state: State, params: Params) -> Object:
    """Find customers by one clause on their metadata; the real one knows of a customer within a minute."""
    clause = re.fullmatch(r"""metadata\[(['"])(\w+)\1\]\s*:\s*(['"])(.+)\3""", params.text("query") or "")
    if clause is None:
        raise invalid("This sandbox searches customers by one clause: metadata['name']:'value'.", "query")
    found = [each for each in state.every("customer") if each["metadata"].get(clause[2]) == clause[4]]
    rows = page(state, found, params, "/v1/customers/search")
    return {**rows, "object": "search_result", "next_page": None}


def methods(state: State, params: Params, key: str) -> Object:
    state.get("customer", key)
    return page(state, state.every("payment_method", customer=key), params, f"/v1/customers/{key}/payment_methods")


def sources(state: State, params: Params, key: str) -> Object:
    """List the cards of Stripe's older kind: there are none, and dj-stripe asks."""
    state.get("customer", key)
    return page(state, [], params, f"/v1/customers/{key}/sources")


def method(state: State, params: Params, key: str, of: str) -> Object:
    state.get("customer", key)
    return state.get("payment_method", of)


ROUTES = [
    Route("POST", "/v1/customers", create, _TAKES),
    every("customer", "/v1/customers", "email"),
    Route("GET", "/v1/customers/search", search, "limit query", kept=False),
    one("customer", "/v1/customers/{}"),
    Route("POST", "/v1/customers/{}", update, _TAKES),
    Route("DELETE", "/v1/customers/{}", remove, kept=False),
    Route("GET", "/v1/customers/{}/sources", sources, "ending_before limit object starting_after", kept=False),
    Route("GET", "/v1/customers/{}/payment_methods", methods, f"type {PAGING}", kept=False),
    Route("GET", "/v1/customers/{}/payment_methods/{}", method),
]
