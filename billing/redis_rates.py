"""The buckets of rate limits in Redis: one call for all limits of a request, charged together or not at all.

Redis keeps nothing that money depends on. Where it is away the caller counts in PostgreSQL, and it is asked again only
after a while, so that no request waits for it twice.
"""

import logging
import os
import time
from collections.abc import Sequence
from functools import cache

import redis

PATIENCE = 0.1
"""Seconds to wait for an answer."""
ASKED_AGAIN_AFTER = 5.0
"""Seconds for which it is left alone once it did not answer."""
SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local window, ahead = tonumber(ARGV[1]), {}
for place, key in ipairs(KEYS) do
    local filled = math.max(0, (tonumber(redis.call('GET', key)) or 0) - now) + tonumber(ARGV[place + 1])
    ahead[place] = string.format('%.6f', filled)
    if filled > window + 0.001 then
        return ahead
    end
end
for place, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.6f', now + ahead[place]), 'PX', math.ceil(ahead[place] * 1000) + 1)
end
return ahead
"""

log = logging.getLogger(__name__)


class Buckets:
    """The buckets in one Redis, for one process."""

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        self._take = client.register_script(SCRIPT)
        self._away_until = 0.0

    def take(self, pairs: Sequence[tuple[bytes, float]], window: float) -> list[float] | None:
        """Return by how many seconds each bucket is filled with one more request; `None` while Redis is away.

        The first one beyond the window ends the list, and then nothing was charged.
        """
        if time.monotonic() < self._away_until:
            return None
        try:
            ahead = self._take([b"rate:" + subject for subject, _ in pairs], [window, *(step for _, step in pairs)])
        except redis.RedisError:
            self._away_until = time.monotonic() + ASKED_AGAIN_AFTER
            log.warning("Redis does not answer: rate limits are counted in PostgreSQL", exc_info=True)
            return None
        return [float(each) for each in ahead]


@cache
def _buckets_of(url: str, _pid: int) -> Buckets:
    return Buckets(url)


def take(url: str, pairs: Sequence[tuple[bytes, float]], window: float) -> list[float] | None:
    """Take from the Redis at `url`; `None` while it does not answer."""
    return _buckets_of(url, os.getpid()).take(pairs, window)
