"""Slowing down who tries keys: failures are counted by the address they come from, good keys never are.

An address has a bucket, and the network around it a wider one. The buckets are numbered by a keyed hash, so a scan from
any number of addresses fills a bounded table, and nobody can choose whose bucket to share.
"""

import math
import time
from ipaddress import IPv6Address, ip_address, ip_network

from billing.rate_limits import Limit, take
from tenants.signature import derive

PER_ADDRESS = 60
PER_NETWORK = 600
"""Failures a minute, of one address (IPv6: /64) and of its network (IPv4: /24, IPv6: /48)."""
BUCKETS = 2**16
_PREFIXES = {4: (32, 24), 6: (64, 48)}
_blocked: dict[str, float] = {}


def count_failure(address: str) -> int:
    """Count one key that was not valid; return 0, or the seconds until the next may be tried.

    A worker remembers who has to wait, so that a flood of malformed keys does not reach the database.
    """
    near, wide = subjects(address)
    left = _blocked.get(near, 0.0) - time.monotonic()
    if left > 0:
        return math.ceil(left)
    taken = take(Limit(near, PER_ADDRESS), Limit(wide, PER_NETWORK))
    if taken.refused is None:
        return 0
    if len(_blocked) >= BUCKETS:
        _blocked.clear()
    _blocked[near] = time.monotonic() + taken.retry_after
    return taken.retry_after


def subjects(address: str) -> tuple[str, str]:
    """Return the buckets of an address and of its network; what is no address shares one of each."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return _bucket("address", ""), _bucket("network", "")
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    near, wide = (ip_network((parsed, prefix), strict=False) for prefix in _PREFIXES[parsed.version])
    return _bucket("address", str(near)), _bucket("network", str(wide))


def _bucket(kind: str, name: str) -> str:
    number = int.from_bytes(derive(f"billing.failed-keys.{kind}", name.encode())[:8])
    return f"failed-{kind}:{number % BUCKETS}"
