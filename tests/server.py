"""The product's own web server over the test database, for tests that need a socket: browsers, SDKs, kills."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connections

PATIENCE = 90.0
DATABASES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_OPERATOR_URL", "DATABASE_RECORDER_URL")


@dataclass(slots=True)
class WebServer:
    """granian as `make run` starts it, on a port of its own."""

    port: int
    log: Path
    process: "subprocess.Popen[bytes]" = field(init=False)

    @property
    def url(self) -> str:
        """Return the address; localhost by name, since passkeys are bound to a name."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "config.serving"]
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--workers", "2", "--blocking-threads", "4"]
        environment = os.environ | databases() | {"BASE_URL": self.url, "ALLOWED_HOSTS": "localhost,127.0.0.1"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command + options, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def stop(self, how: int = signal.SIGKILL) -> None:
        """End the server and its workers at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        self.process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"The server is not ready:\n{self.log.read_text()[-4000:]}")


def databases() -> dict[str, str]:
    """Return the database URLs of this run with the name of the test database."""
    name = str(connections["default"].settings_dict["NAME"])
    return {variable: urlunsplit(urlsplit(os.environ[variable])._replace(path=f"/{name}")) for variable in DATABASES}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """The web server of a file's tests, over its database."""
    started = WebServer(free_port(), tmp_path_factory.mktemp("server") / "web.log")
    started.start()
    yield started
    started.stop(signal.SIGTERM)


def mails() -> list[str]:
    """Return the mails the server wrote, oldest first."""
    folder = Path(settings.TIDEGATE_VAR) / "mail"
    return [path.read_text() for path in sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime_ns)]
