"""GET /v1/account: dj-stripe asks for it before it stores anything. A restricted key may not."""

from billing.sandbox.listing import PAGING, page
from billing.sandbox.objects.hosted import ACCOUNT
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route
from billing.sandbox.state import State


def retrieve(state: State, params: Params, key: str | None = None) -> Object:
    if key:
        return state.get("account", key)
    return (state.every("account") or [state.make(ACCOUNT)])[0]


def connected(state: State, params: Params) -> Object:
    """List the accounts that are connected to this one: none are."""
    return page(state, [], params, "/v1/accounts")


ROUTES = [
    Route("GET", "/v1/accounts", connected, PAGING, kept=False),
    Route("GET", "/v1/account", retrieve),
    Route("GET", "/v1/accounts/{}", retrieve),
]
