"""Our endpoint at Stripe. Its secret cannot be changed: another takes its place, and both deliver meanwhile."""

from typing import Any

from django.conf import settings

from billing.processor.client import client
from billing.webhooks.registry import MIRRORED, handled


def made(url: str) -> tuple[str, str]:
    """Make an endpoint that delivers to `url`; return its id and its secret, which Stripe tells once."""
    asked: Any = {
        "url": url,
        "api_version": settings.STRIPE_API_VERSION,
        "enabled_events": sorted({*MIRRORED, *handled()}),
        "description": "Tidegate",
    }
    endpoint = client().v1.webhook_endpoints.create(asked)
    return str(endpoint.id), str(endpoint.secret)


def retire(url: str) -> list[str]:
    """Take away all endpoints to `url` but the newest one; return their ids."""
    found = client().v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter()
    newest_first = sorted((each for each in found if each.url == url), key=lambda each: each.created, reverse=True)
    former = [str(each.id) for each in newest_first[1:]]
    for endpoint_id in former:
        client().v1.webhook_endpoints.delete(endpoint_id)
    return former
