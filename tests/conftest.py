"""A migrated database for each file of tests, and the people and organisations that tests speak of.

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
def migrated(django_db_blocker: DjangoDbBlocker) -> str:
    """The migrated database of the run: the first process to ask makes it, and the others wait for it."""
    name = os.environ["TIDEGATE_TEST_DATABASE"]
    with _owner() as owner:
        owner.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            _copy(owner, os.environ.get("TIDEGATE_TEST_TEMPLATE", "template1"), name)
            with django_db_blocker.unblock():
                _use(name)
                call_command("migrate", database="owner", verbosity=0)
                connections.close_all()
    return name


@pytest.fixture(scope="module")
def django_db_setup(migrated: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Give each file of tests a database of its own: what one commits is not there for the next, in any order."""
    name = f"{migrated}_{os.getpid()}"
    with _owner() as owner:
        _copy(owner, migrated, name)
    with django_db_blocker.unblock():
        _use(name)
    yield
    with django_db_blocker.unblock():
        connections["default"].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
        connections.close_all()
    for role in ("DATABASE_URL", "DATABASE_OPERATOR_URL", "DATABASE_RECORDER_URL"):
        _disconnect(os.environ[role], name)
    with _owner() as owner:
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _owner() -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)


def _copy(owner: "psycopg.Connection[tuple[object, ...]]", template: str, name: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    owner.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def _use(name: str) -> None:
    """Point every alias at the database `name`."""
    for alias in connections:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


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
