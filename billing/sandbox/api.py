"""The API over HTTP: who asks, whether the same was asked before, what the answer is."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from billing.sandbox import idempotency, keys
from billing.sandbox.chaos import Chaos
from billing.sandbox.exchange import Request, Response
from billing.sandbox.faults import ApiError, forbidden, invalid, unauthorized
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params, decode
from billing.sandbox.rendering import expanded, not_too_deep
from billing.sandbox.resources import (
    account,
    catalogue,
    checkout,
    customers,
    disputes,
    files,
    invoice_items,
    invoices,
    payment_intents,
    payment_methods,
    portal,
    refunds,
    schedules,
    setup_intents,
    subscriptions,
    webhooks,
)
from billing.sandbox.routing import find
from billing.sandbox.state import State
from billing.sandbox.version import API_VERSION

_FAMILIES = (
    account,
    catalogue,
    checkout,
    customers,
    disputes,
    files,
    invoice_items,
    invoices,
    payment_intents,
    payment_methods,
    portal,
    refunds,
    schedules,
    setup_intents,
    subscriptions,
    webhooks,
)
PREVIEW = "/v1/invoices/create_preview"
"""Asked for by POST, and changes nothing: trouble with writes passes it by."""
ROUTES = [route for family in _FAMILIES for route in family.ROUTES]
#: Bytes of a request; a file may be as large as `files.LARGEST`, and something around it.
LARGEST, LARGEST_FORM = files.LARGEST + 1_000_000, 1_048_576


@dataclass
class Api:
    """`key` is the one secret key that this sandbox knows."""

    state: State
    key: str
    chaos: Chaos = field(default_factory=Chaos)

    def answer(self, request: Request) -> Response:
        """Answer a request; never raises for what a caller did."""
        if pause := self.chaos.pause():
            time.sleep(pause)
        with self.state.lock:
            request_id = self.state.new_id("req", 14)
            try:
                self._may(request)
                if found := _contents(request):
                    return Response(200, files.contents(self.state, found), "application/octet-stream")
                status, body, replayed = self._idempotent(request, request_id)
            except ApiError as error:
                status, body, replayed = error.status, error.body(request_id), False
        return _response(status, body, request_id, request, replayed)

    def _may(self, request: Request) -> None:
        presented = request.bearer()
        if presented is None:
            raise unauthorized("You did not provide an API key, as 'Authorization: Bearer YOUR_SECRET_KEY'.")
        if keys.is_one(presented, keys.restricted(self.key)):
            if request.path.startswith("/v1/account"):
                raise forbidden("The provided restricted key does not have the required permissions for this endpoint.")
        elif not keys.is_one(presented, self.key):
            raise unauthorized("Invalid API Key provided. This is a sandbox: it takes its own key, and no real one.")
        if request.header("stripe-version") not in {None, API_VERSION}:
            raise invalid(f"Invalid Stripe API version: this sandbox speaks {API_VERSION} only.")

    def _idempotent(self, request: Request, request_id: str) -> tuple[int, Object, bool]:
        values = _values(request)
        key = request.header("idempotency-key") if request.method == "POST" else None
        if not key:
            return (*self._do(request, values, request_id, None), False)
        digest = idempotency.fingerprint(request.path, values)
        if kept := idempotency.recalled(self.state, key, digest):
            return kept["status"], kept["body"], True
        writes = request.path != PREVIEW
        if writes and self.chaos.misses():
            raise ApiError(500, "api_error", "An unknown error occurred (simulated): nothing was done.")
        status, body = self._do(request, values, request_id, key)
        idempotency.remember(self.state, key, digest, status, body, request_id)
        if writes and self.chaos.loses():
            raise ApiError(500, "api_error", "An unknown error occurred (simulated): the answer was lost.")
        return status, body, False

    def _do(self, request: Request, values: dict[str, Any], request_id: str, key: str | None) -> tuple[int, Object]:
        self.state.request = {"id": request_id, "idempotency_key": key}
        try:
            route, ids = find(ROUTES, request.method, request.path)
            params = Params(values)
            paths = not_too_deep(params.texts("expand"))
            return 200, expanded(self.state, route.answer(self.state, params, ids), paths)
        except ApiError as error:
            return error.status, error.body(request_id)
        finally:
            self.state.request = {"id": None, "idempotency_key": None}


def _values(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        return decode(request.query)
    if request.content_type.startswith("multipart/form-data"):
        return files.uploaded(request.content_type, request.body)
    if len(request.body) > LARGEST_FORM:
        raise invalid("The request is too large.", status=413)
    try:
        return decode(request.body.decode())
    except UnicodeDecodeError:
        raise invalid("The form is not UTF-8.") from None


def _contents(request: Request) -> str | None:
    """Return the id of the file whose contents are asked for."""
    parts = request.path.split("/")
    return (
        parts[3] if request.method == "GET" and parts[:3] == ["", "v1", "files"] and parts[4:] == ["contents"] else None
    )


def _response(status: int, body: Object, request_id: str, request: Request, replayed: bool) -> Response:
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
    if key := request.header("idempotency-key"):
        headers["Idempotency-Key"] = key
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(status, json.dumps(body, indent=2).encode(), "application/json", headers)
