"""/v1/events and /v1/webhook_endpoints"""

import re
from urllib.parse import urlsplit

from billing.sandbox.events import KEPT
from billing.sandbox.faults import invalid
from billing.sandbox.listing import PAGING, every, one, page
from billing.sandbox.objects.hosted import WEBHOOK_ENDPOINT
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.rendering import shown
from billing.sandbox.routing import Route, deleted
from billing.sandbox.state import State

#: Hosts that webhooks go to. This peer sends nothing off the machine it runs on.
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")


def create(state: State, params: Params) -> Object:
    """Make an endpoint; its secret is in this answer and in no other."""
    version = params.text("api_version")
    if version and not _VERSION.fullmatch(version):
        raise invalid(f"Invalid API version: {version[:40]}", "api_version")
    endpoint = state.make(
        WEBHOOK_ENDPOINT,
        api_version=version,
        description=params.text("description", 5_000),
        enabled_events=_events(params),
        metadata=params.metadata(),
        url=_address(params),
    )
    secret = state.secrets_of(endpoint["id"])["secret"] = "whsec_" + state.new_id("whsec", 32)[6:]
    return shown(state, endpoint) | {"secret": secret}


def _events(params: Params) -> list[str]:
    if not (named := params.texts("enabled_events")):
        raise invalid("Missing required param: enabled_events.", "enabled_events", "parameter_missing")
    return named


def _address(params: Params) -> str:
    url = params.needed("url")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or parts.hostname not in LOOPBACK:
        raise invalid(
            "This sandbox sends webhooks to this machine only (127.0.0.1 or localhost).", "url", "url_invalid"
        )
    return url


def update(state: State, params: Params, key: str) -> Object:
    endpoint = state.get("webhook_endpoint", key)
    endpoint["metadata"] = params.metadata(endpoint["metadata"])
    if "enabled_events" in params:
        endpoint["enabled_events"] = _events(params)
    if "url" in params:
        endpoint["url"] = _address(params)
    if "description" in params:
        endpoint["description"] = params.text("description")
    if (disabled := params.flag("disabled")) is not None:
        endpoint["status"] = "disabled" if disabled else "enabled"
    return endpoint


def remove(state: State, params: Params, key: str) -> Object:
    endpoint = state.get("webhook_endpoint", key)
    state.forget(endpoint)
    return deleted(endpoint)


def events(state: State, params: Params) -> Object:
    """List the events of the last 30 days; ``types`` may end with an asterisk, as Stripe's may."""
    wanted = params.texts("types") or [kind for kind in [params.text("type")] if kind]
    rows = [row for row in state.every("event") if row["created"] >= state.now() - KEPT]
    if wanted:
        rows = [row for row in rows if any(_matches(row["type"], kind) for kind in wanted)]
    if (delivered := params.flag("delivery_success")) is not None:
        rows = [row for row in rows if (row["pending_webhooks"] == 0) == delivered]
    return page(state, rows, params, "/v1/events")


def _matches(kind: str, wanted: str) -> bool:
    return kind == wanted or (wanted.endswith("*") and kind.startswith(wanted[:-1]))


ROUTES = [
    Route("GET", "/v1/events", events, f"delivery_success type types {PAGING}", kept=False),
    one("event", "/v1/events/{}"),
    Route(
        "POST",
        "/v1/webhook_endpoints",
        create,
        "api_version description enabled_events metadata url",
        kept=False,
    ),
    every("webhook_endpoint", "/v1/webhook_endpoints"),
    one("webhook_endpoint", "/v1/webhook_endpoints/{}"),
    Route("POST", "/v1/webhook_endpoints/{}", update, "description disabled enabled_events metadata url"),
    Route("DELETE", "/v1/webhook_endpoints/{}", remove, kept=False),
]
