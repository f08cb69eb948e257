"""`make run`: the whole product on this machine, with synthetic data."""

import os
import signal
import socket
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config.local import credentials, lock, processes, servers, welcome
from config.local.postgres import Server
from config.local.program import Program
from config.local.supervisor import Supervisor

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_PORT = "8000"
#: Seconds the product may take on a busy machine until it answers.
PATIENCE = 120.0
WEB_WORKERS = 2
#: Threads of one web worker; each may hold a database connection, of which the server gives 100.
WEB_THREADS = 16
#: The variable that marks every process of ours, with the path of its ``var/``.
MARK = "TIDEGATE_SUPERVISED"


class RefusedError(Exception):
    """The demonstration does not start here; the message says why and what to do."""


def run(caller: Mapping[str, str]) -> None:
    """Bring everything up, say where to click, and look after it until somebody asks for the end."""
    _refuse_production(caller)
    port = _port(caller)
    var = var_directory(caller)
    logs = var / "log"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    var.chmod(0o700)
    with lock.held(var / "run.lock", f"http://localhost:{port} (process {os.getpid()})"):
        _end_leftovers(var)
        _start_new_logs(logs)
        _refuse_taken(port)
        _serve(caller, var, port)


def var_directory(caller: Mapping[str, str]) -> Path:
    """Return where this installation keeps its files."""
    return Path(caller.get("TIDEGATE_VAR") or PROJECT / "var").resolve()


def _serve(caller: Mapping[str, str], var: Path, port: int) -> None:
    values = credentials.kept(var / "secrets.env")
    server = None if servers.are_named(caller) else Server(var / "postgres", credentials.passwords(values))
    environment = _environment(caller, var, port, values) | (server.urls() if server else {})
    supervisor = Supervisor(PROJECT, var / "log", environment)
    try:
        if server:
            _start_server(supervisor, server)
        for job in _jobs():
            supervisor.run(job)
        for program in _programs(port, var):
            supervisor.start(program)
        supervisor.wait_for(lambda: _answers(port), patience=PATIENCE, what="/readyz")
        welcome.say(welcome.summary(environment["BASE_URL"], welcome.read(var)))
        supervisor.look_after()
    finally:
        supervisor.stop()
        _end_leftovers(var)


def _start_server(supervisor: Supervisor, server: Server) -> None:
    server.prepare()
    supervisor.start(
        Program(
            "postgres",
            server.command(),
            stop=signal.SIGINT,
            serves_others=True,
            quiet=True,
            before=server.clear_leftovers,
        )
    )
    supervisor.wait_for(server.is_ready, patience=PATIENCE, what="PostgreSQL")
    server.bootstrap()


def _jobs() -> list[Program]:
    """Return what runs to its end before the product starts, in this order."""
    manage = [sys.executable, "manage.py"]
    return [
        Program("migrate", [*manage, "migrate", "--database", "owner", "--no-input"], restarts=False, quiet=True),
        Program("static", [*manage, "collectstatic", "--no-input"], restarts=False, quiet=True),
        Program("seed", [*manage, "seed_demo"], restarts=False, quiet=True),
    ]


def _programs(port: int, var: Path) -> list[Program]:
    """Return what runs until the end."""
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    granian += ["--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--no-ws", "--http", "1"]
    granian += ["--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "5"]
    granian += ["--log-level", "warning", "config.wsgi:application"]
    celery = [sys.executable, "-m", "celery", "--app", "config", "--quiet"]
    worker = ["worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    beat = ["beat", "--loglevel", "WARNING", "--pidfile", "", "--schedule", str(var / "beat")]
    return [
        Program("web", granian),
        Program("worker", [*celery, *worker]),
        Program("beat", [*celery, *beat]),
    ]


def _environment(caller: Mapping[str, str], var: Path, port: int, values: dict[str, str]) -> dict[str, str]:
    """Return the environment of the product: our defaults, over which the caller's own variables win."""
    defaults = {
        **credentials.secret_variables(values),
        "BASE_URL": f"http://localhost:{port}",  # not 127.0.0.1: passkeys need a name
        "CELERY_BROKER_URL": servers.EMBEDDED_BROKER,
        "PYTHONUNBUFFERED": "1",
    }
    return defaults | dict(caller) | {"TIDEGATE_ENVIRONMENT": "demo", "TIDEGATE_VAR": str(var), MARK: str(var)}


def _refuse_production(caller: Mapping[str, str]) -> None:
    environment = caller.get("TIDEGATE_ENVIRONMENT", "demo")
    if environment != "demo":
        raise RefusedError(
            f"TIDEGATE_ENVIRONMENT is {environment}, and this command loads demonstration data with passwords "
            "everybody knows. docs/deployment.md says how to run Tidegate elsewhere."
        )


def _port(caller: Mapping[str, str]) -> int:
    text = caller.get("PORT") or DEFAULT_PORT
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise RefusedError(f"PORT must be a number between 1 and 65535, not {text!r}.")
    return int(text)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise RefusedError(
                f"Port {port} cannot be used ({error.strerror}). Try: make run PORT={port + 1}"
            ) from error


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _end_leftovers(var: Path) -> None:
    """End what a killed supervisor left behind; the caller holds the lock."""
    mark = f"{MARK}={var}".encode()
    processes.end(lambda process: mark in process.environment().split(b"\0"), first=signal.SIGTERM)


def _start_new_logs(logs: Path) -> None:
    """Keep the logs of this run and of the one before."""
    for path in logs.glob("*.log"):
        path.replace(path.with_suffix(".log.1"))
