"""`make run`: the whole product on this machine, with synthetic data."""

import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from config.local import credentials, lock, processes, servers, welcome
from config.local.postgres import Server
from config.local.product import PROJECT, Product, Site, stripe_port
from config.local.program import Program
from config.local.supervisor import Supervisor

DEFAULT_PORT = "8000"
#: Seconds the product may take on a busy machine until it answers.
PATIENCE = 120.0
#: The variable that marks every process of ours, with the path of its ``var/``.
MARK = "TIDEGATE_SUPERVISED"


class RefusedError(Exception):
    """The demonstration does not start here; the message says why and what to do."""


def run(caller: Mapping[str, str], product_at: Callable[[Site], Product]) -> None:
    """Bring the product up, say where to click, and look after it until somebody asks for the end."""
    _refuse_production(caller)
    port = _port(caller)
    # A name and not 127.0.0.1, since passkeys belong to a name.
    site = Site(var_directory(caller), port, caller.get("BASE_URL") or f"http://localhost:{port}")
    (site.var / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
    site.var.chmod(0o700)
    with lock.held(site.var / "run.lock", f"{site.base_url} (process {os.getpid()})"):
        _end_leftovers(site.var)
        _refuse_taken(port)
        _start_new_logs(site.var / "log")
        _serve(caller, site, product_at(site))


def var_directory(caller: Mapping[str, str]) -> Path:
    """Return where this installation keeps its files."""
    return Path(caller.get("TIDEGATE_VAR") or PROJECT / "var").resolve()


def _serve(caller: Mapping[str, str], site: Site, product: Product) -> None:
    values = credentials.kept(site.var / "secrets.env")
    server = None if servers.are_named(caller) else Server(site.var / "postgres", credentials.passwords(values))
    environment = _environment(caller, site, values) | (server.urls() if server else {})
    supervisor = Supervisor(PROJECT, site.var / "log", environment)
    try:
        if server:
            _start_server(supervisor, server)
        if product.peer:
            supervisor.start(product.peer)
            supervisor.wait_for(product.unanswered, patience=PATIENCE)
        _prepare(supervisor, product, server)
        supervisor.start(product.web)
        supervisor.wait_for(product.obstacle, patience=PATIENCE)
        for program in product.others:
            supervisor.start(program)
        welcome.say(product.welcome())
        supervisor.look_after()
    finally:
        supervisor.stop()
        _end_leftovers(site.var)


def _start_server(supervisor: Supervisor, server: Server) -> None:
    server.prepare()
    program = Program(
        "postgres",
        server.command(),
        stop=signal.SIGINT,
        serves_others=True,
        quiet=True,
        before=server.clear_leftovers,
    )
    supervisor.start(program)
    supervisor.wait_for(server.obstacle, patience=PATIENCE)
    server.bootstrap()


def _prepare(supervisor: Supervisor, product: Product, server: Server | None) -> None:
    """Prepare the database, which our own needs only when what it was prepared from has changed."""
    if server is None:
        return supervisor.run(product.prepare)
    stamp, fingerprint = server.directory / "prepared", product.fingerprint()
    if not stamp.exists() or stamp.read_text() != fingerprint:
        stamp.unlink(missing_ok=True)
        supervisor.run(product.prepare)
        stamp.write_text(fingerprint)


def _environment(caller: Mapping[str, str], site: Site, values: dict[str, str]) -> dict[str, str]:
    """Return the environment of the product: our defaults, over which the caller's own variables win."""
    defaults = credentials.secret_variables(values) | {"CELERY_BROKER_URL": servers.EMBEDDED_BROKER}
    ours = {
        "BASE_URL": site.base_url,
        "STRIPE_API_HOST": f"http://127.0.0.1:{stripe_port(site)}",
        "TIDEGATE_ENVIRONMENT": "demo",
        "TIDEGATE_VAR": str(site.var),
        "PYTHONUNBUFFERED": "1",
        MARK: str(site.var),
    }
    return defaults | dict(caller) | ours


def _refuse_production(caller: Mapping[str, str]) -> None:
    environment = caller.get("TIDEGATE_ENVIRONMENT") or "demo"
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
            raise RefusedError(f"Port {port} cannot be used: {error.strerror}. Another: make run PORT=8765") from error


def _end_leftovers(var: Path) -> None:
    """End what a killed supervisor left behind; the caller holds the lock."""
    mark = f"{MARK}={var}".encode()
    processes.end(lambda process: mark in process.environment().split(b"\0"), first=signal.SIGTERM)


def _start_new_logs(logs: Path) -> None:
    """Keep the logs of this run and of the one before."""
    for path in logs.glob("*.log"):
        path.replace(path.with_suffix(".log.1"))
