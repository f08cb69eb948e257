"""What the product asks of a database connection before it uses it (T08), and how it survives the loss of one."""

import os
import subprocess
import sys

import pytest
from django.db import OperationalError, connection
from django.test import Client

from config.local.product import PROJECT
from tenants.postgresql.base import DatabaseWrapper
from tests.isolation.catalogue import Connection
from tests.server import databases

CUT = """
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""
WEAKENED = """
import os, config.wsgi
from tenants.postgresql import base
if os.fork():
    os.wait()
    os._exit(0)
base.weakness_of_role = lambda connection: "has become weak"
try:
    config.wsgi.connections["default"].ensure_connection()
except base.UnboundRole as refused:
    print(refused, flush=True)
os._exit(0)
"""


def test_t08_web_does_not_start_as_a_role_that_owns_tables(django_db_setup: None) -> None:
    urls = databases()
    environment = os.environ | urls | {"DATABASE_URL": urls["DATABASE_OWNER_URL"]}
    started = subprocess.run(
        [sys.executable, "-c", "import config.wsgi"], cwd=PROJECT, env=environment, capture_output=True, check=False
    )
    assert started.returncode == 1
    assert b"The database role of 'default' owns tables" in started.stderr


def test_what_web_workers_are_forked_from_has_no_connection_and_no_thread(django_db_setup: None) -> None:
    code = "import config.wsgi, threading; from tenants.postgresql.base import DatabaseWrapper as database;"
    assert _ran(f"{code} print(threading.active_count(), database._connection_pools)") == ["1 {}"]


def test_t08_a_forked_worker_asks_about_its_role_itself(django_db_setup: None) -> None:
    """The role may have been changed since the process was started that workers are forked from."""
    assert _ran(WEAKENED) == ["The database role of 'default' has become weak."]


def _ran(code: str) -> list[str]:
    """Return the lines that a process of its own prints."""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=os.environ | databases(), capture_output=True, check=True
    )
    return ran.stdout.decode().splitlines()


def test_connections_that_the_server_cut_cost_no_request(committed: None, application: Connection) -> None:
    """As after a restart of PostgreSQL or a failover: whoever comes next gets a connection that works."""
    connection.ensure_connection()
    before = connection.connection.info.backend_pid
    connection.close()
    application.execute(CUT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != before


def test_what_says_how_a_process_is_answers_without_a_database(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: DatabaseWrapper, *_args: object) -> None:
        raise OperationalError("the database is away")

    connection.close()
    monkeypatch.setattr(DatabaseWrapper, "connect", away)
    client = Client(raise_request_exception=False)
    assert client.get("/healthz").status_code == 200
    assert client.get("/metrics").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
