"""An SQL injection does not hear what the application does for others (T16): `roles.sql` sees to it.

On a server of your own, run `deploy/postgres/roles.sql` again where this fails.
"""

from typing import LiteralString

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from tests.isolation.catalogue import Connection


@pytest.mark.parametrize("role", ["application", "operator", "recorder"])
def test_t16_nobody_reads_what_another_connection_of_the_role_runs(role: str, request: pytest.FixtureRequest) -> None:
    listener: Connection = request.getfixturevalue(role)
    heard = "SELECT query, state FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(listener.info.dsn, password=listener.info.password) as speaker:
        speaker.execute("SELECT 'canary'")
        assert listener.execute(heard, [speaker.info.backend_pid]).fetchone() == ("", "disabled")


@pytest.mark.parametrize("way", ["SET", "ALTER ROLE CURRENT_USER SET"])
def test_t16_nobody_makes_their_own_connections_readable(application: Connection, way: LiteralString) -> None:
    with pytest.raises(InsufficientPrivilege):
        application.execute(f"{way} track_activities = on")
