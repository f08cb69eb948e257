"""What the product asks of a database connection before it uses it (T08), and how it survives the loss of one."""

import os
import subprocess
import sys

from django.db import connection

from config.local.product import PROJECT
from tests.isolation.catalogue import Connection
from tests.server import databases

CUT = """
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


def test_t08_web_does_not_start_as_a_role_that_owns_tables(django_db_setup: None) -> None:
    urls = databases()
    environment = os.environ | urls | {"DATABASE_URL": urls["DATABASE_OWNER_URL"]}
    started = subprocess.run(
        [sys.executable, "-c", "import config.wsgi"], cwd=PROJECT, env=environment, capture_output=True, check=False
    )
    assert started.returncode == 1
    assert b"The database role of 'default' owns tables" in started.stderr


def test_connections_that_the_server_cut_cost_no_request(committed: None, application: Connection) -> None:
    """As after a restart of PostgreSQL or a failover: whoever comes next gets a connection that works."""
    connection.ensure_connection()
    before = connection.connection.info.backend_pid
    connection.close()
    application.execute(CUT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != before
