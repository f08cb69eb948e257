"""What `make run` runs: Tidegate's jobs and programs, and how one knows that they are up."""

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config.local import welcome
from config.local.program import Program

PROJECT = Path(__file__).resolve().parents[2]
PREPARED_FROM = ("accounts", "audit", "billing", "config", "promptguard", "static", "tenants")
WEB_WORKERS = 2
#: Threads of one web worker; each may hold a database connection, of which the embedded server gives 100.
WEB_THREADS = 16


@dataclass(frozen=True)
class Site:
    """Where an installation lives: its files, its port on 127.0.0.1, and its address for people."""

    var: Path
    port: int
    base_url: str


@dataclass(frozen=True)
class Product:
    """What runs, in this order: `peer` until it answers, `prepare` to its end, `web` until `obstacle` says nothing, and
    then the `others` too.

    `fingerprint` changes when `prepare` has something to do again.
    """

    prepare: Program
    fingerprint: Callable[[], str]
    web: Program
    obstacle: Callable[[], str]
    others: Sequence[Program]
    welcome: Callable[[], str]
    peer: Program | None = None
    unanswered: Callable[[], str] = lambda: ""


def tidegate(site: Site) -> Product:
    """Return the product at `site`."""
    return Product(
        prepare=Program("prepare", _module("config.local.prepare"), restarts=False, quiet=True),
        fingerprint=lambda: fingerprint(site),
        web=Program("web", _module("config.serving", *_granian(site))),
        obstacle=lambda: obstacle(site.port, "/readyz"),
        others=[
            Program("worker", _worker()),
            Program("beat", _celery("beat", "--pidfile", "", "--schedule", str(site.var / "beat"))),
        ],
        welcome=lambda: welcome.summary(site.base_url, welcome.read(site.var)),
        peer=Program("stripe", _stripe(site), serves_others=True),
        unanswered=lambda: obstacle(stripe_port(site), "/healthz"),
    )


def stripe_port(site: Site) -> int:
    """Return the port of the simulated Stripe: 8420 where the product is at 8000."""
    return site.port + 420 if site.port + 420 < 65_536 else site.port - 420


def fingerprint(site: Site) -> str:
    """Return a digest of what the preparation reads: the program's files, its packages, the secrets and the address."""
    files = [path for part in PREPARED_FROM for path in (PROJECT / part).rglob("*") if path.suffix != ".pyc"]
    files += [PROJECT / "requirements.txt", site.var / "secrets.env"]
    facts = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(files) if path.is_file()]
    return hashlib.sha256(repr((site, facts)).encode()).hexdigest()


def obstacle(port: int, path: str) -> str:
    """Return why a GET of `path` on 127.0.0.1 is not answered with 200, or nothing where it is."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        response = connection.getresponse()
        return "" if response.status == 200 else f"{path} answers {response.status}: {response.read(500)!r}"
    except (OSError, HTTPException) as error:
        return f"{path} does not answer: {error}"
    finally:
        connection.close()


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _granian(site: Site) -> list[str]:
    return [
        *("--host", "127.0.0.1", "--port", str(site.port), "--http", "1", "--no-ws"),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--log-level", "error"),
        *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "5"),
    ]


def _stripe(site: Site) -> list[str]:
    to = f"http://localhost:{site.port}/webhooks/stripe"
    return [sys.executable, "manage.py", "stripe_sandbox", "--port", str(stripe_port(site)), "--deliver-to", to]


def _worker() -> list[str]:
    options = ("--concurrency", "2", "--without-gossip", "--without-mingle")
    return [*_celery("worker", *options), "--", "worker.timer_precision=0.2"]  # seconds until it notices its end


def _celery(*arguments: str) -> list[str]:
    # Root may well be the only user of a container; the supervisor's user is the one to choose, not Celery's.
    python = [sys.executable, "-W", "ignore:You're running the worker with superuser privileges"]
    return [*python, "-m", "celery", "--app", "config", "--quiet", *arguments, "--loglevel", "WARNING"]
