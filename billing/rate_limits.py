"""Rate limits: the generic cell rate algorithm (ITU-T I.371, ATM's GCRA), exact for all workers together.

Each subject (a key, a role, a tenant) has a bucket: the time at which it will have run empty again. A request moves it
on by 60 / limit seconds and is refused if that would put it more than a minute ahead; so `limit` requests may come at
once and then one every 60 / limit seconds. The buckets are rows of PostgreSQL, or keys of a Redis where the settings
name one (`billing.redis_rates`); while that does not answer the rows count.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings

from audit.reasons import Reason
from tenants.postgresql.base import direct

WINDOW = 60.0
"""Seconds in which the limit may be used up at once."""

_BUCKET = """
taken{place} AS (
    INSERT INTO billing_rate AS r SELECT %(subject{place})s, now() + %(step{place})s * interval '1 second' {after}
    ON CONFLICT (subject) DO UPDATE SET arrival = greatest(r.arrival, now()) + %(step{place})s * interval '1 second'
        WHERE greatest(r.arrival, now()) + %(step{place})s * interval '1 second' <= now() + interval '60.001 seconds'
    RETURNING arrival
)"""
_AHEAD = "(SELECT extract(epoch FROM arrival - now())::float8 FROM taken{place})"
_STAMPS = """
SELECT now(), coalesce((SELECT value FROM tenants_stamp WHERE subject = %(first)s), 0),
    coalesce((SELECT value FROM tenants_stamp WHERE subject = %(second)s), 0)
"""
NO_STAMPS = (b"", b"")
WAIT = "SELECT extract(epoch FROM arrival - now())::float8 FROM billing_rate WHERE subject = %(subject)s"
_REASONS = {"key": Reason.RATE_KEY, "person": Reason.RATE_KEY, "role": Reason.RATE_ROLE, "org": Reason.RATE_TENANT}


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests a minute a subject (``key:…``, ``role:…:developer``, ``org:…``) may make."""

    subject: str
    per_minute: int

    @property
    def step(self) -> float:
        """Return the seconds that one request costs."""
        return WINDOW / self.per_minute

    @property
    def level(self) -> str:
        """Return the subject as its callers know it: ``key``, ``role developer``, ``org``."""
        kind, _, rest = self.subject.partition(":")
        return f"{kind} {rest.rpartition(':')[2]}" if kind == "role" else kind

    @property
    def reason(self) -> Reason:
        """Return why a request is refused that this limit has no room for."""
        return _REASONS.get(self.subject.partition(":")[0], Reason.RATE_ADDRESS)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was answered: the database's time, the present stamps, and how the tightest limit stands.

    `refused` says why there is no room, `level` whose limit that is, `retry_after` the seconds until a request fits.
    """

    now: datetime
    stamps: tuple[int, ...]
    level: str
    limit: int
    remaining: int
    reset: int
    refused: Reason | None = None
    retry_after: int = 0


def take(*limits: Limit, stamps: tuple[bytes, bytes] = NO_STAMPS) -> Taken:
    """Count one request against limits, narrowest first; a wider one is only charged if the narrower have room.

    `stamps` are the subjects whose present stamps are wanted, as SHA-256.
    """
    asked: dict[str, bytes | float] = {"first": stamps[0], "second": stamps[1]}
    pairs = [(_subject(limit.subject), limit.step) for limit in limits]
    ahead = _in_redis(pairs)
    if ahead is not None:
        now, *present = direct.ask(_STAMPS, asked)
        return _standing(limits, ahead, now, tuple(present))
    for place, (subject, step) in enumerate(pairs):
        asked |= {f"subject{place}": subject, f"step{place}": step}
    now, first, second, *rows = direct.ask(_taking(len(limits)), asked)
    if None in rows:
        rows[rows.index(None) :] = [_waited(pairs[rows.index(None)])]
    return _standing(limits, rows, now, (first, second))


def _in_redis(pairs: Sequence[tuple[bytes, float]]) -> list[float] | None:
    """Take from the Redis that the settings name; `None` where there is none, or none that answers."""
    if not settings.RATE_LIMIT_REDIS_URL:
        return None
    from billing import redis_rates  # noqa: PLC0415  (4 MB that installations without Redis never load)

    return redis_rates.take(settings.RATE_LIMIT_REDIS_URL, pairs, WINDOW)


@lru_cache(maxsize=8)
def _taking(count: int) -> str:
    """Return the one statement that counts against `count` limits and reads the stamps."""
    buckets = [_BUCKET.format(place=place, after=f"FROM taken{place - 1}" if place else "") for place in range(count)]
    ahead = [_AHEAD.format(place=place) for place in range(count)]
    return f"WITH {','.join(buckets)} {_STAMPS}, {', '.join(ahead)}"


def _waited(pair: tuple[bytes, float]) -> float:
    """Return how far ahead a request would put the bucket that has no room for it."""
    row = direct.ask(WAIT, {"subject": pair[0]})
    return max(WINDOW + 0.002, (row[0] if row else 0.0) + pair[1])


def _standing(limits: tuple[Limit, ...], ahead: list[float], now: datetime, stamps: tuple[int, ...]) -> Taken:
    """Return what to tell the caller: which limit refuses, or how the tightest one stands.

    `ahead` are the seconds by which each bucket is filled with this request; only the last may be beyond the window.
    """
    last = limits[len(ahead) - 1]
    if ahead[-1] > WINDOW + 0.001:
        wait = max(1, math.ceil(ahead[-1] - WINDOW))
        reset = math.ceil(ahead[-1] - last.step)
        return Taken(now, stamps, last.level, last.per_minute, 0, reset, last.reason, wait)
    standing = [
        (_remaining(limit, each), limit.per_minute, each, limit.level)
        for limit, each in zip(limits, ahead, strict=True)
    ]
    remaining, per_minute, filled, level = min(standing)
    return Taken(now, stamps, level, per_minute, remaining, math.ceil(filled))


def _remaining(limit: Limit, ahead: float) -> int:
    return max(0, math.floor((WINDOW - ahead) / limit.step + 1e-6))


@lru_cache(maxsize=10_000)
def _subject(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:16]
