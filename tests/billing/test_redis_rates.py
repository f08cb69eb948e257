"""Rate limits in a real Redis: exact for all callers at once, and PostgreSQL's while it is away."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.db import connection, connections
from pytest_django import Settings

from audit.reasons import Reason
from billing import redis_rates
from billing.rate_limits import Limit, Taken, _subject, take
from tests.billing.redis_server import RedisServer, serving
from tests.committed import *  # noqa: F403 (fixtures)

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with serving(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def server(running: RedisServer, settings: Settings, committed: None) -> Iterator[RedisServer]:
    settings.RATE_LIMIT_REDIS_URL = running.url
    redis_rates._buckets_of.cache_clear()
    yield running
    redis_rates._buckets_of.cache_clear()


def _limits(key: int = 60, role: int = 60, org: int = 60) -> tuple[Limit, Limit, Limit]:
    here = uuid.uuid4()
    return Limit(f"key:{here}", key), Limit(f"role:{here}:developer", role), Limit(f"org:{here}", org)


def _rows(limits: tuple[Limit, ...]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM billing_rate WHERE subject = ANY (%s)", [[_subject(one.subject) for one in limits]]
        )
        return int(cursor.fetchone()[0])


def test_threads_get_exactly_the_limit_and_postgresql_counts_nothing(server: RedisServer) -> None:
    limits = _limits(key=3)

    def ask(_: int) -> list[Taken]:
        try:
            return [take(*limits) for _ in range(10)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        taken = [one for batch in threads.map(ask, range(8)) for one in batch]
    moments = [one.now for one in taken]
    trickled = int((max(moments) - min(moments)).total_seconds() * 3 / 60)
    assert sum(one.refused is None for one in taken) == 3 + trickled
    assert {one.refused for one in taken} == {None, Reason.RATE_KEY}
    assert _rows(limits) == 0


@pytest.mark.parametrize(
    ("bounds", "reason", "level"),
    [
        ({"key": 2}, Reason.RATE_KEY, "key"),
        ({"role": 2}, Reason.RATE_ROLE, "role developer"),
        ({"org": 2}, Reason.RATE_TENANT, "org"),
    ],
)
def test_a_refusal_names_its_level_and_charges_no_limit(
    server: RedisServer, bounds: dict[str, int], reason: Reason, level: str
) -> None:
    limits = _limits(**bounds)
    assert [take(*limits).remaining for _ in range(2)] == [1, 0]
    refused = take(*limits)
    assert (refused.refused, refused.level, refused.limit, refused.remaining) == (reason, level, 2, 0)
    assert 1 <= refused.retry_after <= 30
    with redis.Redis.from_url(server.url) as client:
        before = [client.get(b"rate:" + _subject(one.subject)) for one in limits]
        take(*limits)
        assert [client.get(b"rate:" + _subject(one.subject)) for one in limits] == before


def test_a_bucket_is_forgotten_once_it_is_empty(server: RedisServer) -> None:
    limits = _limits(key=60)
    take(*limits)
    with redis.Redis.from_url(server.url) as client:
        assert 0 < client.pttl(b"rate:" + _subject(limits[0].subject)) <= 1_001


def test_while_redis_is_away_postgresql_counts_and_refuses(server: RedisServer) -> None:
    limits = _limits(key=2)
    server.stop()
    try:
        assert [take(*limits).refused for _ in range(3)] == [None, None, Reason.RATE_KEY]
        assert _rows(limits) == 3
    finally:
        server.start()
    redis_rates._buckets_of.cache_clear()
    fresh = _limits(key=1)
    assert take(*fresh).refused is None
    assert _rows(fresh) == 0
