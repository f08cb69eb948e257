"""The sandbox as a program: one WSGI application on the loopback interface, a courier and a clock that ticks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Event, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from billing.sandbox import due, snapshot
from billing.sandbox.api import LARGEST, Api
from billing.sandbox.chaos import Chaos
from billing.sandbox.clock import Clock
from billing.sandbox.control import Control
from billing.sandbox.courier import Courier, doubling
from billing.sandbox.exchange import Request, Response
from billing.sandbox.keys import checked
from billing.sandbox.objects.hosted import WEBHOOK_ENDPOINT
from billing.sandbox.pages.site import Pages
from billing.sandbox.state import State
from billing.sandbox.version import API_VERSION

HOST = "127.0.0.1"
#: Seconds between two looks at what the clock has brought.
TICK = 0.5


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401 (the base class's)
        return


@dataclass
class Sandbox:
    """`key` is the only key it takes; `path` is where its snapshot is, if it keeps one."""

    key: str
    port: int = 0
    seed: str = "sandbox"
    clock: Clock = field(default_factory=Clock)
    path: Path | None = None
    backoff: Callable[[int], float] = doubling

    def __post_init__(self) -> None:
        checked(self.key)
        self._server = make_server(HOST, self.port, self.application, _Server, _Quiet)
        self.port = self._server.server_port
        self.url = f"http://{HOST}:{self.port}"
        self.state = State(self.seed, self.url, self.clock)
        self.chaos = Chaos()
        self.courier = Courier(self.state, self.chaos, self.backoff)
        self.state.publish = self.courier.publish
        self.api = Api(self.state, self.key, self.chaos)
        self.control = Control(self.api, self.courier)
        self.pages = Pages(self.state, self.courier)
        self._over = Event()
        self._ticker = Thread(target=self._tick, daemon=True, name="clock")
        self._web = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="sandbox")

    def start(self, couriers: int = 1) -> None:
        """Read the snapshot, take requests, deliver, and let the clock tick."""
        if self.path:
            snapshot.load(self.state, self.path)
            for event in self.state.every("event"):
                if event["pending_webhooks"]:
                    self.courier.publish(event)
        for thread in (self._ticker, self._web):
            thread.start()
        self.courier.start(couriers)

    def deliver_to(self, url: str, secret: str) -> None:
        """Send all events to one endpoint that is known beforehand, its secret too; a second call changes nothing."""
        with self.state.lock:
            known = {"api_version": API_VERSION, "enabled_events": ["*"], "url": url}
            endpoint = next(iter(self.state.every("webhook_endpoint", url=url)), None)
            made = endpoint or self.state.make(WEBHOOK_ENDPOINT, **known)
            self.state.secrets_of(made["id"])["secret"] = secret

    def wait(self) -> None:
        """Wait until somebody calls `end`."""
        self._over.wait()

    def end(self) -> None:
        """Ask it to end; a signal's handler may."""
        self._over.set()

    def stop(self) -> None:
        """End, with a last snapshot."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self.courier.stop()
        self._ticker.join()
        if self.path:
            snapshot.save(self.state, self.path)

    def _tick(self) -> None:
        saved = -1
        while not self._over.wait(TICK):
            with self.state.lock:
                due.advance(self.state, 0)
            if self.path and saved != self.state.revision:
                saved = snapshot.save(self.state, self.path)

    def application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, as WSGI has it."""
        response = self._answer(environ)
        phrase = HTTPStatus(response.status).phrase
        headers = {"Content-Type": response.content_type, "Content-Length": str(len(response.body)), **response.headers}
        start_response(f"{response.status} {phrase}", list(headers.items()))
        return [response.body]

    def _answer(self, environ: dict[str, Any]) -> Response:
        if environ.get("HTTP_HOST") not in {f"{HOST}:{self.port}", f"localhost:{self.port}"}:
            return Response(421, b"This sandbox answers on the loopback interface only.", "text/plain")
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > LARGEST:
            return Response(413, b"The request is too large.", "text/plain")
        request = _request(environ, int(length))
        if request.path.startswith("/v1/"):
            return self.api.answer(request)
        if request.path.startswith("/control/"):
            return self.control.answer(request)
        return self.pages.answer(request)


def _request(environ: dict[str, Any], length: int) -> Request:
    headers = {name[5:].lower().replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    body = environ["wsgi.input"].read(length) if length else b""
    return Request(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""), body, headers)
