"""The ``Stripe-Signature`` header: HMAC-SHA256 over time and body, scheme v1; and forged ones, to test receivers."""

import hmac
import time
from typing import Any

#: What a forged delivery is, by kind. A receiver stores none of them.
FORGED = {
    "unsigned": "no signature at all",
    "wrong_secret": "signed with another secret",
    "other_scheme": "signed with the scheme v0 only",
    "tampered": "signed, then changed",
    "stale": "signed an hour ago",
    "future": "signed for tomorrow",
    "live": "signed, and of live mode",
    "other_version": "signed, and of another API version",
}
_SHIFTS = {"stale": -3_600, "future": 86_400}


def signature(body: bytes, secret: str, moment: int | None = None, scheme: str = "v1") -> str:
    """Return the header for a body; `moment` is in the machine's time, for receivers compare it with theirs."""
    at = int(time.time()) if moment is None else moment
    digest = hmac.digest(secret.encode(), b"%d." % at + body, "sha256").hex()
    return f"t={at},{scheme}={digest}"


def forged(kind: str, event: dict[str, Any], secret: str, encode: Any) -> tuple[bytes, str | None]:  # noqa: ANN401 (json.dumps)
    """Return body and header of a delivery that a receiver must refuse."""
    event = {**event, "livemode": kind == "live"}
    if kind == "other_version":
        event["api_version"] = "2019-02-19"
    body = encode(event).encode()
    if kind == "unsigned":
        return body, None
    if kind == "wrong_secret":
        return body, signature(body, "whsec_" + "0" * 32)
    header = signature(body, secret, int(time.time()) + _SHIFTS.get(kind, 0), "v0" if kind == "other_scheme" else "v1")
    return (body + b" ", header) if kind == "tampered" else (body, header)
