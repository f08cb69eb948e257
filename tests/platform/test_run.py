"""`make run` with a small product: real processes, a real PostgreSQL, real signals."""

import os
import signal
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from config.local.postgres import URL_VARIABLES
from config.local.product import PROJECT
from tests.platform.conftest import Start
from tests.platform.running import eventually

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_on_request_and_leaves_nothing_running(start: Start, number: signal.Signals) -> None:
    house = start().until_ready()
    assert len(house.left_over()) > 3
    assert house.stop(number) == 0
    assert house.left_over() == []


def test_it_starts_again_on_the_same_data(start: Start) -> None:
    house = start().until_ready()
    with house.database() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    house.stop()
    assert start().until_ready().ask("SELECT number FROM kept") == 7


def test_a_second_copy_is_told_where_the_first_one_is(start: Start) -> None:
    first = start().until_ready()
    refusal = start().refusal()
    assert "already running" in refusal
    assert f"http://localhost:{first.port} (process {first.process.pid})" in refusal
    assert first.web()


def test_a_killed_program_comes_back_and_its_children_go(start: Start) -> None:
    house = start().until_ready()
    before, (pid, _) = set(house.left_over()), house.web()
    children = {int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    assert children <= before
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: house.web()[0] != pid)
    assert not children & set(house.left_over())


def test_a_killed_postgres_comes_back_with_every_acknowledged_row(start: Start) -> None:
    house = start().until_ready()
    with house.database() as connection:
        connection.execute("CREATE TABLE decision (number int)")
        for number in range(100):
            connection.execute("INSERT INTO decision VALUES (%s)", [number])
        os.kill(house.postmaster(), signal.SIGKILL)
    assert eventually(lambda: house.ask("SELECT count(*) FROM decision")) == 100


def test_a_busy_backend_does_not_keep_postgres_from_coming_back(start: Start) -> None:
    house = start().until_ready()
    before = house.postmaster()
    with closing(house.database()) as connection:
        connection.pgconn.send_query(b"SELECT sum(i) FROM generate_series(1, 10000000000) AS i")
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda: house.ask("SELECT 1")) == 1
    assert house.postmaster() != before


def test_a_killed_supervisor_takes_everything_along_and_the_next_run_recovers(start: Start) -> None:
    house = start().until_ready()
    with house.database() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    house.stop(signal.SIGKILL)
    assert start().until_ready().ask("SELECT number FROM kept") == 7


def test_everything_killed_at_once_recovers(start: Start) -> None:
    house = start().until_ready()
    for pid in [house.process.pid, house.web()[0], house.postmaster()]:
        os.kill(pid, signal.SIGKILL)
    house.process.communicate()
    again = start().until_ready()
    again.stop()
    assert again.left_over() == []


def test_a_stale_note_with_the_id_of_somebody_else_is_no_obstacle(start: Start) -> None:
    house = start().until_ready()
    note = house.var / "postgres" / "data" / "postmaster.pid"
    lines = note.read_text().splitlines(keepends=True)
    house.stop()
    note.write_text("".join([f"{os.getpid()}\n", *lines[1:]]))  # as after a restart of the machine
    assert start().until_ready().web()


def test_an_interrupted_initdb_is_no_obstacle(start: Start, tmp_path: Path) -> None:
    half = tmp_path / "a var" / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert start().until_ready().web()


def test_secrets_are_made_once_and_readable_by_their_owner_only(start: Start) -> None:
    house = start().until_ready()
    house.stop()
    secrets = house.var / "secrets.env"
    before = secrets.read_text()
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert house.var.stat().st_mode & 0o777 == 0o700
    start().until_ready()
    assert secrets.read_text() == before


def test_a_taken_port_is_named(start: Start) -> None:
    first = start().until_ready()
    assert f"Port {first.port} cannot be used" in start({"PORT": first.port, "TIDEGATE_VAR": f"{first.var}2"}).refusal()


@pytest.mark.parametrize("port", ["65536", "http"])
def test_a_port_that_is_none_is_refused(start: Start, port: str) -> None:
    assert "PORT must be a number" in start({"PORT": port}).refusal()


def test_it_refuses_where_the_settings_say_production(start: Start) -> None:
    house = start({"TIDEGATE_ENVIRONMENT": "production"})
    assert "TIDEGATE_ENVIRONMENT is production" in house.refusal()
    assert not house.var.exists()


def test_servers_of_the_callers_own_take_the_place_of_the_embedded_one(start: Start) -> None:
    own = {name: os.environ[name] for name in URL_VARIABLES.values()}
    house = start(own).until_ready()
    assert house.web()[1] == own["DATABASE_OWNER_URL"]
    assert not (house.var / "postgres").exists()


def test_it_names_the_url_that_is_missing(start: Start) -> None:
    own = {name: os.environ[name] for name in URL_VARIABLES.values() if name != "DATABASE_RECORDER_URL"}
    assert start(own).refusal().startswith("DATABASE_RECORDER_URL must be set too")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_needs_no_user_namespace(start: Start, tmp_path: Path) -> None:
    """As in most containers: `unshare` fails, so the server becomes another user."""
    forbidden = tmp_path / "bin"
    forbidden.mkdir(mode=0o700)
    (forbidden / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (forbidden / "unshare").chmod(0o755)
    house = start({"PATH": f"{forbidden}:{os.environ['PATH']}"}).until_ready()
    assert Path(f"/proc/{house.postmaster()}").stat().st_uid != 0
    with house.database() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    house.stop()
    assert start().until_ready().ask("SELECT number FROM kept") == 7  # and back, where it is allowed again


def test_the_application_owns_nothing(start: Start) -> None:
    house = start().until_ready()
    owner = house.web()[1]
    app = next(value for value in _environment_of(house.web()[0]) if value.startswith("DATABASE_URL="))
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, place vector(2))")
    with psycopg.connect(app.removeprefix("DATABASE_URL="), autocommit=True) as connection:
        connection.execute("INSERT INTO thing (place) VALUES ('[1,2]')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("ALTER TABLE thing ADD COLUMN more int")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine ()")


def _environment_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_text().split("\0")


def test_the_project_is_where_manage_py_is() -> None:
    assert (PROJECT / "manage.py").exists()
