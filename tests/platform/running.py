"""The small product of `tests.platform.house` as a process of its own, and how to wait for what it does."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import LiteralString, TypeVar

import psycopg

from config.local import demo, processes
from config.local.postgres import free_port
from config.local.product import PROJECT

#: Seconds after which a condition counts as never met; a healthy machine needs a fraction of it.
PATIENCE = 60.0
T = TypeVar("T")


def eventually(condition: Callable[[], T]) -> T:
    """Return the first true answer of `condition`; an exception of the network counts as not yet."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if answer := condition():
                return answer
        except (OSError, psycopg.OperationalError):
            pass
        time.sleep(processes.POLL)
    raise AssertionError(f"{condition} did not come true in {PATIENCE} s")


@dataclass
class House:
    """One run. `process` is the supervisor."""

    var: Path
    port: str
    process: "subprocess.Popen[str]"

    @classmethod
    def start(cls, var: Path, environment: Mapping[str, str] | None = None, *product: str) -> "House":
        """Start it as a terminal would; the servers of the test run are not its own unless `environment` says so.

        `product` is the module and the arguments to start in place of the small product.
        """
        plain = {name: value for name, value in os.environ.items() if not re.match("DATABASE_|CELERY_|TIDEGATE_", name)}
        plain |= {"TIDEGATE_VAR": str(var), "PORT": str(free_port()), "BASE_URL": ""} | dict(environment or {})
        command = [sys.executable, "-m", *(product or ("tests.platform.house",))]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, env=plain, cwd=PROJECT, stdout=pipe, stderr=pipe, text=True)
        return cls(var, plain["PORT"], process)

    def until_ready(self) -> "House":
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        line = self.process.stdout.readline()
        if line != f"ready http://localhost:{self.port}\n":
            raise AssertionError(f"{line!r}: {self.process.stderr.read()}")
        return self

    def refusal(self) -> str:
        """Return what it says as it refuses to start."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 2
        return errors

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the supervisor a signal and return its exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def web(self) -> tuple[int, str]:
        """Return the web program's process id and the URL it has for the database's owner."""
        connection = HTTPConnection("127.0.0.1", int(self.port), timeout=5)
        try:
            connection.request("GET", "/")
            pid, url = connection.getresponse().read().decode().split()
            return int(pid), url
        finally:
            connection.close()

    def database(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.web()[1], autocommit=True)

    def ask(self, question: LiteralString) -> object:
        """Return the single value that a query in a connection of its own answers with."""
        with self.database() as connection:
            row = connection.execute(question).fetchone()
        return row and row[0]

    def postmaster(self) -> int:
        return int((self.var / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])

    def left_over(self) -> list[int]:
        """Return the processes of this run other than the supervisor, by their mark or their data directory."""
        mark, data = f"{demo.MARK}={self.var}".encode(), str(self.var / "postgres" / "data")
        return [
            process.pid
            for process in processes.every()
            if process.directory() == data or mark in process.environment().split(b"\0")
        ]
