"""/v1/billing_portal: sessions, and the one configuration that is the default."""

from billing.sandbox.listing import PAGING, one, page
from billing.sandbox.objects.hosted import PORTAL_CONFIGURATION, PORTAL_SESSION
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route
from billing.sandbox.state import State


def create(state: State, params: Params) -> Object:
    customer = state.get("customer", params.needed("customer"), "customer")
    named = params.text("configuration")
    configuration = state.get("billing_portal.configuration", named, "configuration") if named else _default(state)
    session = state.make(
        PORTAL_SESSION,
        configuration=configuration["id"],
        customer=customer["id"],
        return_url=params.text("return_url"),
    )
    session["url"] = f"{state.base_url}/portal/{session['id']}"
    return session


def _default(state: State) -> Object:
    kept = state.every("billing_portal.configuration", is_default=True)
    return (kept or [state.make(PORTAL_CONFIGURATION, updated=state.now())])[0]


def configurations(state: State, params: Params) -> Object:
    _default(state)
    rows = state.every("billing_portal.configuration")
    return page(state, rows, params, "/v1/billing_portal/configurations")


ROUTES = [
    Route("POST", "/v1/billing_portal/sessions", create, "configuration customer return_url"),
    Route("GET", "/v1/billing_portal/configurations", configurations, f"active is_default {PAGING}", kept=False),
    one("billing_portal.configuration", "/v1/billing_portal/configurations/{}"),
]
