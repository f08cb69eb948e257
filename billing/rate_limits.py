"""Rate limits: the generic cell rate algorithm (ITU-T I.371, ATM's GCRA) in one PostgreSQL statement for all workers.

Each subject (a key, a tenant) has one row: the time at which its bucket will have run empty again. A request moves it
on by 60 / limit seconds and is refused if that would put it more than a minute ahead; so `limit` requests may come at
once and then one every 60 / limit seconds. The same statement reads the stamps that tell whether a remembered
credential is stale: one round trip for both.
"""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from audit.reasons import Reason
from tenants.postgresql.base import direct

WINDOW = 60.0
"""Seconds in which the limit may be used up at once."""

TAKE = """
WITH key_ AS (
    INSERT INTO billing_rate AS r VALUES (%(key)s, now() + %(key_step)s * interval '1 second')
    ON CONFLICT (subject) DO UPDATE SET arrival = greatest(r.arrival, now()) + %(key_step)s * interval '1 second'
        WHERE greatest(r.arrival, now()) + %(key_step)s * interval '1 second' <= now() + interval '60.001 seconds'
    RETURNING arrival
), tenant AS (
    INSERT INTO billing_rate AS r SELECT %(tenant)s, now() + %(tenant_step)s * interval '1 second' FROM key_
    ON CONFLICT (subject) DO UPDATE SET arrival = greatest(r.arrival, now()) + %(tenant_step)s * interval '1 second'
        WHERE greatest(r.arrival, now()) + %(tenant_step)s * interval '1 second' <= now() + interval '60.001 seconds'
    RETURNING arrival
)
SELECT now(), (SELECT extract(epoch FROM arrival - now())::float8 FROM key_),
    (SELECT extract(epoch FROM arrival - now())::float8 FROM tenant),
    coalesce((SELECT value FROM tenants_stamp WHERE subject = %(first)s), 0),
    coalesce((SELECT value FROM tenants_stamp WHERE subject = %(second)s), 0)
"""
NO_STAMPS = (b"", b"")
WAIT = "SELECT extract(epoch FROM arrival - now())::float8 FROM billing_rate WHERE subject = %(subject)s"


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests a minute a subject (``key:…``, ``org:…``) may make."""

    subject: str
    per_minute: int

    @property
    def step(self) -> float:
        """Return the seconds that one request costs."""
        return WINDOW / self.per_minute


Ahead = tuple[Limit, float | None]
"""A limit and how many seconds ahead its bucket is filled; `None` where the request did not fit."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the database answered: its time, the present stamps, and how the key's limit stands.

    `refused` names the limit that is used up, `retry_after` the seconds until one request fits again.
    """

    now: datetime
    stamps: tuple[int, ...]
    limit: int
    remaining: int
    reset: int
    refused: Reason | None = None
    retry_after: int = 0


def take(key: Limit, tenant: Limit, stamps: tuple[bytes, bytes] = NO_STAMPS) -> Taken:
    """Count one request against both limits; the tenant's is only charged if the key's has room.

    `stamps` are the subjects whose present stamps are wanted, as SHA-256.
    """
    values = {
        "key": _subject(key.subject),
        "key_step": key.step,
        "tenant": _subject(tenant.subject),
        "tenant_step": tenant.step,
        "first": stamps[0],
        "second": stamps[1],
    }
    now, key_ahead, tenant_ahead, *present = direct.ask(TAKE, values)
    return _standing((key, key_ahead), (tenant, tenant_ahead), now, tuple(present))


def _standing(key: Ahead, tenant: Ahead, now: datetime, stamps: tuple[int, ...]) -> Taken:
    """Return what to tell the caller: which limit refuses, or how the tighter one stands."""
    for (limit, ahead), reason in ((key, Reason.RATE_KEY), (tenant, Reason.RATE_TENANT)):
        if ahead is None:
            return _refused(limit, reason, now, stamps)
    left = [(_remaining(limit, ahead), limit.per_minute, ahead) for limit, ahead in (key, tenant) if ahead is not None]
    remaining, per_minute, ahead = min(left)
    return Taken(now, stamps, per_minute, remaining, math.ceil(ahead))


def _remaining(limit: Limit, ahead: float) -> int:
    return max(0, math.floor((WINDOW - ahead) / limit.step + 1e-6))


def _refused(limit: Limit, reason: Reason, now: datetime, stamps: tuple[int, ...]) -> Taken:
    row = direct.ask(WAIT, {"subject": _subject(limit.subject)})
    ahead: float = row[0] if row else 0.0
    wait = max(1, math.ceil(ahead + limit.step - WINDOW))
    return Taken(now, stamps, limit.per_minute, 0, math.ceil(ahead), reason, wait)


@lru_cache(maxsize=10_000)
def _subject(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:16]
