"""The server of a test run or a benchmark: `config.local.throw_away`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from config.local import servers
from config.local.postgres import URL_VARIABLES
from tests.platform.running import PATIENCE, eventually

pytestmark = pytest.mark.processes

#: Says where its files are, then waits until it is ended.
HOLD = 'echo "$TIDEGATE_VAR" "$DATABASE_OWNER_URL" "$TIDEGATE_ENVIRONMENT"; exec sleep 3600'


@contextmanager
def held(*, own_servers: bool = False) -> Iterator[tuple["subprocess.Popen[str]", Path, str]]:
    """Run ``test-env`` around something that stays; yield its process, its directory and the owner's URL."""
    environment = {
        name: value for name, value in os.environ.items() if own_servers or name not in URL_VARIABLES.values()
    }
    command = [sys.executable, "-m", "config.local", "test-env", "setpriv", "--pdeathsig=KILL", "--", "sh", "-c", HOLD]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        var, url, kind = process.stdout.readline().split()
        assert kind == "test"
        yield process, Path(var), url
        process.kill()


def answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_run_leaves_neither_server_nor_files() -> None:
    with held() as (process, var, url):
        assert answers(url)
        process.kill()
        assert eventually(lambda: not var.parent.exists())
        with pytest.raises(psycopg.OperationalError):
            answers(url)


def test_two_runs_at_once_have_a_server_each() -> None:
    with held() as (_, first_var, first_url), held() as (_, second_var, second_url):
        assert first_url != second_url
        assert first_var != second_var
        assert answers(first_url)
        assert answers(second_url)


def test_servers_of_the_callers_own_are_used() -> None:
    with held(own_servers=True) as (_, var, url):
        assert url == os.environ["DATABASE_OWNER_URL"]
        assert not (var.parent / "postgres").exists()


def test_it_ends_with_the_exit_code_of_the_command() -> None:
    command = [sys.executable, "-m", "config.local", "test-env", "--", "sh", "-c", "exit 7"]
    assert subprocess.run(command, timeout=PATIENCE, check=False).returncode == 7


def test_an_incomplete_set_of_urls_names_what_is_missing() -> None:
    with pytest.raises(servers.IncompleteError, match=r"^DATABASE_OWNER_URL and DATABASE_OPERATOR_URL must be"):
        servers.are_named({"DATABASE_URL": "postgres://x", "DATABASE_RECORDER_URL": "postgres://y"})


def test_the_roles_are_subject_to_row_level_security() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication, rolcreatedb"
            " FROM pg_roles WHERE rolname LIKE 'tidegate%' ORDER BY rolname"
        ).fetchall()
    assert rows == [
        ("tidegate_app", False, False),
        ("tidegate_operator", False, False),
        ("tidegate_owner", False, True),
        ("tidegate_recorder", False, False),
    ]


def test_a_stop_signal_ends_it_cleanly() -> None:
    with held() as (process, var, _):
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        assert eventually(lambda: not var.parent.exists())
