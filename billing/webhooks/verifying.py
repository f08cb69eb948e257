"""Whether a delivery is Stripe's. Nothing of one that is not is kept; nothing is read before its signature."""

import time
from collections.abc import Sequence
from typing import Any

import orjson
import stripe

LARGEST = 1_048_576
"""Bytes of one delivery. Stripe's largest events are some hundred thousand."""
TOLERANCE = 300
"""Seconds that a signature may be old, as Stripe's own libraries have it. The SDK takes 0 for "any age"."""
AHEAD = 60
"""Seconds that a signature may be of the future, which the SDK does not look at: two clocks are never quite alike."""


class Forged(Exception):
    """The delivery is not Stripe's, or too old to be told from one that is repeated; the message says which."""


def verified(body: bytes, header: str, secrets: Sequence[str]) -> dict[str, Any]:
    """Return the event of a delivery that is signed with one of `secrets`; raises `Forged`."""
    try:
        text = body.decode()
        signed = any(_signed(text, header, secret) for secret in secrets)
        moment = int(dict(part.split("=", 1) for part in header.split(","))["t"]) if signed else 0
    except (ValueError, KeyError) as error:
        raise Forged("malformed") from error
    if not signed:
        raise Forged("signature")
    if not -AHEAD <= time.time() - moment <= TOLERANCE:
        raise Forged("time")
    return _event(body)


def _signed(text: str, header: str, secret: str) -> bool:
    """Tell whether the SDK finds the signature right, whatever its age."""
    try:
        return bool(stripe.WebhookSignature.verify_header(text, header, secret, tolerance=None))
    except stripe.SignatureVerificationError:
        return False


def _event(body: bytes) -> dict[str, Any]:
    try:
        event: dict[str, Any] = orjson.loads(body)
        named = all(isinstance(event[name], str) and event[name] for name in ("id", "type"))
        if not (named and isinstance(event["created"], int) and isinstance(event["data"]["object"], dict)):
            raise Forged("shape")
    except (ValueError, KeyError, TypeError) as error:
        raise Forged("shape") from error
    return event
