"""Secrets and signatures of Standard Webhooks 1.0.0: HMAC-SHA-256 over ``id.timestamp.body``."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator

from django.utils import timezone

from tenants.encryption import Resealed, reseal, reseal_row, seal, unseal
from tenants.webhooks.models import Endpoint, Message

PREFIX = "whsec_"
SECRET_BYTES = 32
"""The specification asks for 24 to 64."""


def new_secret() -> str:
    """Return a secret as receivers configure it."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def sealed(secret: str, endpoint: Endpoint) -> str:
    """Return a secret as it is stored for this endpoint."""
    return seal(secret.encode(), _context(endpoint))


def headers(endpoint: Endpoint, message: Message) -> dict[str, str]:
    """Return the headers of an attempt made now; during a roll both secrets sign."""
    at = str(int(timezone.now().timestamp()))
    content = f"{message.webhook_id}.{at}.{message.body}".encode()
    signatures = [_signature(secret, content) for secret in _secrets(endpoint)]
    return {"webhook-id": message.webhook_id, "webhook-timestamp": at, "webhook-signature": " ".join(signatures)}


def reseal_endpoints() -> list[Resealed]:
    """Seal the open organisation's secrets anew, where a former key sealed them; in a transaction."""
    found = []
    for endpoint in Endpoint.objects.filter(closed_at=None).select_for_update():
        for field in ("secret", "former_secret"):
            if getattr(endpoint, field):
                context = _context(endpoint)
                found.append(reseal_row(endpoint, field, lambda text, context=context: reseal(text, context)))  # type: ignore[misc]
    return found


def _secrets(endpoint: Endpoint) -> Iterator[bytes]:
    stored = [endpoint.secret]
    if endpoint.former_until is not None and endpoint.former_until > timezone.now():
        stored.append(endpoint.former_secret)
    for one in stored:
        yield base64.b64decode(unseal(one, _context(endpoint)).removeprefix(PREFIX.encode()))


def _signature(secret: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()


def _context(endpoint: Endpoint) -> str:
    return f"tenants_webhooks_endpoint|secret|{endpoint.org_id}|{endpoint.id}"
