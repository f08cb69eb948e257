"""What `make run` runs: Tidegate's jobs and programs, and how one knows that they are up."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config.local import welcome
from config.local.program import Program

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
    """Jobs run first, each to its end; then programs run, and `welcome` is shown once `is_ready` holds."""

    jobs: Sequence[Program]
    programs: Sequence[Program]
    is_ready: Callable[[], bool]
    welcome: Callable[[], str]


def tidegate(site: Site) -> Product:
    """Return the product at `site`."""
    return Product(
        jobs=[
            _job("migrate", "migrate", "--database", "owner", "--no-input"),
            _job("static", "collectstatic", "--no-input"),
            _job("seed", "seed_demo"),
        ],
        programs=[
            Program("web", [sys.executable, "-m", "granian", *_granian(site)]),
            Program("worker", _celery("worker", "--concurrency", "2", "--without-gossip", "--without-mingle")),
            Program("beat", _celery("beat", "--pidfile", "", "--schedule", str(site.var / "beat"))),
        ],
        is_ready=lambda: answers(site.port, "/readyz"),
        welcome=lambda: welcome.summary(site.base_url, welcome.read(site.var)),
    )


def answers(port: int, path: str) -> bool:
    """Return whether a GET of `path` on 127.0.0.1 is answered with 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _job(name: str, *arguments: str) -> Program:
    return Program(name, [sys.executable, "manage.py", *arguments], restarts=False, quiet=True)


def _granian(site: Site) -> list[str]:
    return [
        *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(site.port), "--http", "1", "--no-ws"),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--log-level", "warning"),
        *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "5"),
        "config.wsgi:application",
    ]


def _celery(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--app", "config", "--quiet", *arguments, "--loglevel", "WARNING"]
