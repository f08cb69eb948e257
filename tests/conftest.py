"""One migrated database a run, and the people and organisations that tests speak of.

Tests run as the application's role, which owns nothing. Most run inside a transaction that is rolled back; what goes
through the recorder is committed, in an organisation of the test's own.
"""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from psycopg import sql
from pytest_django import DjangoDbBlocker, Settings

from tests.people import *  # noqa: F403 (fixtures)
from tests.platform.running import eventually
from tests.server import server  # noqa: F401 (a fixture)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make and migrate a database as the owner, point every alias at it, and drop it at the end.

    Where ``TIDEGATE_TEST_TEMPLATE`` names a database, it starts as a copy of that one: most of a run of few tests is
    migrating.
    """
    template = os.environ.get("TIDEGATE_TEST_TEMPLATE", "template1")
    name = f"test_tidegate_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        try:
            with django_db_blocker.unblock():
                for alias in connections:
                    connections[alias].close()
                    connections[alias].settings_dict["NAME"] = name
                call_command("migrate", database="owner", verbosity=0)
            yield
        finally:
            with django_db_blocker.unblock():
                connections["default"].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
                connections.close_all()
            for role in ("DATABASE_URL", "DATABASE_OPERATOR_URL", "DATABASE_RECORDER_URL"):
                _disconnect(os.environ[role], name)
            owner.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


@pytest.fixture(autouse=True)
def charges_at_once(settings: Settings) -> None:
    """Have guard calls charged by the thread that serves them: another one sees nothing of a test's transaction."""
    settings.CHARGES_GATHERED = 0


@pytest.fixture(autouse=True)
def pool_is_given_back() -> Iterator[None]:
    """Fail the test whose threads keep connections: the pool would run dry in another test, far from the cause."""
    before = _held_elsewhere()
    yield
    assert eventually(lambda: _held_elsewhere() <= before), "connections of the pool were not given back"


def _held_elsewhere() -> int:
    """Return how many connections of the pool are with threads other than this one."""
    wrapper = connections["default"]
    pools = wrapper._connection_pools.values()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    counts: list[dict[str, int]] = [pool.get_stats() for pool in pools]
    return sum(count["pool_size"] - count["pool_available"] for count in counts) - (wrapper.connection is not None)


def _disconnect(url: str, database: str) -> None:
    """End the connections that a role still has to `database`; only the role itself may."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
            [database],
        )
