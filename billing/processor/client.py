"""The SDK as the product uses it: one client, by the settings; never the SDK's module-wide state."""

import json
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

PATIENCE = 20
"""Seconds for one request. The SDK's default is 80, longer than a person waits."""
RETRIES = 2
"""The SDK's own, under the same idempotency key."""


def client() -> stripe.StripeClient:
    """Return the client of this installation's account."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_VERSION, settings.STRIPE_SANDBOX_URL)


def as_json(answer: Any) -> Any:  # noqa: ANN401 (an object of the SDK, or JSON already)
    """Return an object of the SDK as JSON all the way down."""
    return json.loads(str(answer)) if isinstance(answer, stripe.StripeObject) else answer


def forget() -> None:
    """Close what the clients hold open; the next call makes another."""
    for http in _https:
        http.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    _https.clear()
    _client.cache_clear()


_https: list[stripe.RequestsClient] = []


@lru_cache(maxsize=4)
def _client(key: str, version: str, url: str) -> stripe.StripeClient:
    addresses: Any = {name: url for name in ("api", "files", "connect", "meter_events")} if url else None
    http = stripe.RequestsClient(timeout=PATIENCE)
    _https.append(http)
    return stripe.StripeClient(
        key, stripe_version=version, base_addresses=addresses, http_client=http, max_network_retries=RETRIES
    )
