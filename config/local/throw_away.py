"""A server for one run of the tests or of a benchmark, gone at its end, however it ends."""

import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config.local import credentials, processes, servers
from config.local.postgres import THROW_AWAY, PostgresError, Server

#: Seconds a new server may take on a busy machine until it answers.
PATIENCE = 60.0
ATTEMPTS = 3

# Waits until its input closes, which happens even when the process that holds the other end is killed.
_REMOVE_AT_THE_END = 'read -r _; until rm -rf -- "$1"; do sleep 0.1; done'


@contextmanager
def environment(caller: Mapping[str, str], *, durable: bool = False) -> Iterator[dict[str, str]]:
    """Yield the variables of a test run; the servers the caller's environment names take the place of ours.

    With `durable` the commits of our own server reach the disk.
    """
    with ExitStack() as stack:
        directory = stack.enter_context(_directory())
        values = credentials.fresh()
        var = directory / "var"
        var.mkdir()
        variables = credentials.secret_variables(values) | {"TIDEGATE_ENVIRONMENT": "test", "TIDEGATE_VAR": str(var)}
        variables["BASE_URL"] = "http://testserver"
        variables |= credentials.PROCESSOR
        if "CELERY_BROKER_URL" not in caller:
            variables["CELERY_BROKER_URL"] = servers.EMBEDDED_BROKER
        if not servers.are_named(caller):
            serving = _serving(directory / "postgres", credentials.passwords(values), durable)
            variables |= stack.enter_context(serving).urls()
        yield variables


@contextmanager
def _directory() -> Iterator[Path]:
    """Yield a temporary directory that a process of its own removes, so that it also goes when we are killed."""
    path = tempfile.mkdtemp(prefix="tidegate-")
    command = ["sh", "-c", _REMOVE_AT_THE_END, "remove", path]
    remover = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
    try:
        yield Path(path)
    finally:
        remover.communicate()


@contextmanager
def _serving(directory: Path, passwords: dict[str, str], durable: bool) -> Iterator[Server]:
    settings = {"max_connections": "200"} | ({} if durable else THROW_AWAY)
    server, process = _start(directory, passwords, settings)
    try:
        server.bootstrap()
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait()


def _start(
    directory: Path, passwords: dict[str, str], settings: dict[str, str]
) -> tuple[Server, "subprocess.Popen[bytes]"]:
    """Start a server, on another port when somebody was quicker to take the first."""
    for _ in range(ATTEMPTS):
        server = Server(directory, passwords, settings)
        server.prepare()
        with (directory / "log").open("ab") as log:
            process = subprocess.Popen(server.command(signal.SIGQUIT), stderr=log, start_new_session=True)  # noqa: S603
        if _answers(server, process):
            return server, process
        process.kill()
        process.wait()
    reason = (directory / "log").read_text(errors="replace")[-2000:]
    raise PostgresError(f"The embedded PostgreSQL does not start ({shlex.join(server.command())}):\n{reason}")


def _answers(server: Server, process: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if not server.obstacle():
            return True
        time.sleep(processes.POLL)
    return False
