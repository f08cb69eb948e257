"""Connections as each database role, and organisations whose rows are committed.

Row-level security is only proved by rows that really are in the table, seen from another connection: the estates are
committed and left behind, under names of their own, until the database of the file is dropped.
"""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests.committed import *  # noqa: F403 (fixtures)
from tests.isolation.catalogue import Connection
from tests.isolation.down import Walls, lowered
from tests.isolation.estate import Estate, settled


def _connect(url_variable: str) -> Connection:
    database = str(connections["default"].settings_dict["NAME"])
    return psycopg.connect(os.environ[url_variable], dbname=database)


@pytest.fixture
def owner(django_db_setup: None) -> Iterator[Connection]:
    """The owner of the tables, in a transaction that is rolled back."""
    with _connect("DATABASE_OWNER_URL") as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def application(django_db_setup: None) -> Iterator[Connection]:
    """A connection of the application's role with no scope: what an SQL injection outside every request would have."""
    with _connect("DATABASE_URL") as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def recorder(django_db_setup: None) -> Iterator[Connection]:
    with _connect("DATABASE_RECORDER_URL") as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def operator(django_db_setup: None) -> Iterator[Connection]:
    """The operator sees every organisation, and so tells whether an attack changed anything."""
    with _connect("DATABASE_OPERATOR_URL") as connection:
        connection.autocommit = True
        yield connection


@pytest.fixture(scope="module")
def estates(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> tuple[Estate, Estate]:
    """The attacker's organisation and the victim's, each with a row of every tenant model."""
    with django_db_blocker.unblock():
        return settled("attacker"), settled("victim")


@pytest.fixture
def attacker(estates: tuple[Estate, Estate], committed: None) -> Estate:
    return estates[0]


@pytest.fixture
def victim(estates: tuple[Estate, Estate], committed: None) -> Estate:
    return estates[1]


@pytest.fixture(scope="module")
def _doomed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Estate:
    with django_db_blocker.unblock():
        return settled("doomed")


@pytest.fixture
def doomed(_doomed: Estate, committed: None) -> Estate:
    """An organisation that tests may change."""
    return _doomed


@pytest.fixture(params=[Walls.ALL, Walls.ORM_DOWN, Walls.RLS_DOWN])
def walls(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Walls]:
    """Each test that asks for this runs with all walls, and with each of the two upper ones taken down."""
    with lowered(request.param, lambda: _connect("DATABASE_OWNER_URL")):
        yield request.param
