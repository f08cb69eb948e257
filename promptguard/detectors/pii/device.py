"""Addresses of networks and devices."""

import ipaddress
from typing import Final

from stdnum import imei

from audit.reasons import Reason
from promptguard.detectors.patterns import Candidate, Pattern
from promptguard.detectors.pii.judging import LIKELY, WEAK, any_of, identified, whole

_V4: Final = r"\b(?:\d{1,3}\.){3}\d{1,3}\b"
_V6: Final = (
    r"(?i)(?:[0-9a-f]{1,4}:){2,7}(?::|[0-9a-f]{1,4})|(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}|::"
    r"(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4}\b"
)
_MAC: Final = r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b|\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b"
_PUBLIC_RESOLVERS: Final = frozenset(
    {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "208.67.222.222", "208.67.220.220"}
)
_HOUSEHOLD: Final = ("192.168.", "10.0.", "10.1.", "172.17.")
_TEN, _TWELVE = ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("172.16.0.0/12")
INTERNAL: Final = 0.55  # a host inside somebody's network


def judge_ip(candidate: Candidate) -> float:
    """Judge an IP address: one that can belong to a person is `LIKELY`, a private or documentation one `WEAK`."""
    try:
        address = ipaddress.ip_address(candidate.value)
    except ValueError:
        return 0.0
    if not candidate.stands_alone() or any(
        word in candidate.before[-16:] for word in ("version", " v", "release", "oid")
    ):
        return 0.0
    if candidate.value in _PUBLIC_RESOLVERS or candidate.value.startswith(_HOUSEHOLD) or _looks_like_version(candidate):
        return WEAK
    if address.is_private and address.version == 4 and not address.is_loopback:
        return INTERNAL if address in _TEN or address in _TWELVE else WEAK
    return LIKELY if address.is_global else WEAK


def _looks_like_version(candidate: Candidate) -> bool:
    """Tell whether the four numbers are all below ten, or stand in a path or behind a hyphen."""
    path = candidate.text[candidate.end : candidate.end + 1] == "\\" or candidate.before.endswith("-")
    return path or (len(candidate.value) == 7 and "." in candidate.value)


def _judge_mac(candidate: Candidate) -> float:
    return LIKELY if candidate.stands_alone() else 0.0


def patterns() -> list[Pattern]:
    """Return the patterns of network and device addresses."""
    reason = Reason.PII_DEVICE
    return [
        Pattern("IP_ADDRESS", _V4, reason, judge_ip),
        Pattern(
            "IP_ADDRESS", _V6, reason, judge_ip, trigger=r"(?i)[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f]{0,4}:|::[0-9a-f]"
        ),
        Pattern("MAC_ADDRESS", _MAC, reason, _judge_mac),
        Pattern(
            "IMEI",
            whole(r"\d{2}[- ]?\d{6}[- ]?\d{6}[- ]?\d"),
            reason,
            identified(imei.is_valid, ("imei",)),
            1,
            any_of(("imei",)),
        ),
    ]
