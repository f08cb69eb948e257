"""A receiver of webhooks on this machine, and how it verifies them, from the text of Standard Webhooks alone."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE = 300
"""Seconds that a timestamp may lie beside the receiver's clock."""


@dataclass(frozen=True, slots=True)
class Got:
    """One request: its path, its headers by lower-case name, and the bytes of its body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 (JSON)
        return json.loads(self.body)


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Tell whether one of the signatures was made with `secret` over id, timestamp and body, and not long ago."""
    key = base64.b64decode(secret.split("_", 1)[1], validate=True)
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    offered = [part.split(",", 1) for part in headers["webhook-signature"].split(" ")]
    is_recent = abs(now - int(headers["webhook-timestamp"])) <= TOLERANCE
    return is_recent and any(version == "v1" and hmac.compare_digest(mac, expected) for version, mac in offered)


@dataclass
class Receiver:
    """Answers 204, or the next of `answers`; at ``/hanging``, ``/dripping`` and ``/endless`` it misbehaves."""

    answers: list[int] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    inside: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def at(self, path: str) -> list[Got]:
        return [one for one in self.got if one.path == path]


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.got.append(Got(self.path, headers, body))
        with suppress(OSError):
            getattr(self, f"_{self.path.strip('/')}", self._answer)()

    do_GET = do_POST

    def _answer(self) -> None:
        status = self.receiver.answers.pop(0) if self.receiver.answers else 204
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"{self.receiver.url}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _hanging(self) -> None:
        """Take the request and say nothing until the test lets go."""
        self.receiver.inside.release()
        self.receiver.let_go.wait(30)

    def _dripping(self) -> None:
        """Send one header a moment, for ever, as a slow-loris receiver does."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.receiver.let_go.wait(0.05):
            self.wfile.write(b"X: y\r\n")
            self.wfile.flush()

    def _endless(self) -> None:
        """Answer properly, with a body that never ends."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while not self.receiver.let_go.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests read what was got."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a port of its own."""
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.let_go.set()
            server.shutdown()
            thread.join()
