"""A shop that uses the sandbox by the SDK, a person who clicks through its pages, and a receiver of its webhooks."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import stripe

from billing.sandbox.server import Sandbox

KEY = "sk_test_sandbox" + "T" * 24
DAY = 86_400
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
PDF = b"%PDF-1.7\n" + b"0" * 50


@dataclass
class Shop:
    """`client` is the real SDK, pointed at the sandbox."""

    sandbox: Sandbox
    client: stripe.StripeClient

    @property
    def v1(self) -> Any:  # noqa: ANN401 (the SDK's parameter types are narrower than what tests try)
        return self.client.v1

    def customer(self, card: str | None = "pm_card_visa", **known: object) -> Any:  # noqa: ANN401
        """Make a customer who pays by a card."""
        paying = {"payment_method": card, "invoice_settings": {"default_payment_method": card}} if card else {}
        return self.v1.customers.create({"email": "ada@example.com", **paying, **known})

    def price(self, amount: int, interval: str = "month", name: str = "Team") -> str:
        product = {"name": name}
        recurring = {"interval": interval}
        asked = {"currency": "usd", "product_data": product, "recurring": recurring, "unit_amount": amount}
        return str(self.v1.prices.create(asked).id)

    def control(self, path: str, **said: object) -> Any:  # noqa: ANN401 (JSON)
        """Use the control API."""
        headers = {"Authorization": f"Bearer {KEY}"}
        status, _, body = ask(self.sandbox, "POST", f"/control/{path}", orjson.dumps(said), headers)
        assert status == 200, body
        return orjson.loads(body)

    def control_deliveries(self) -> list[Any]:
        """Return the log of deliveries, newest first."""
        _, _, body = ask(self.sandbox, "GET", "/control/deliveries", headers={"Authorization": f"Bearer {KEY}"})
        return list(orjson.loads(body)["data"])

    def later(self, days: float) -> None:
        """Move the clock."""
        self.control("clock", advance=int(days * DAY))

    def events(self, kind: str | None = None) -> list[Any]:
        """Return the events, oldest first."""
        wanted = {"type": kind} if kind else {}
        return list(self.v1.events.list({"limit": 100, **wanted}).auto_paging_iter())[::-1]

    def kinds(self) -> list[str]:
        return [event.type for event in self.events()]

    def see(self, path: str) -> str:
        """Return a page as a person sees it."""
        status, _, body = ask(self.sandbox, "GET", urlsplit(path).path)
        assert status == 200, body
        return body.decode()

    def click(self, path: str, **form: str) -> tuple[int, str, str]:
        """Send a page's form; return the status, where it goes on and the page."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.sandbox.url}
        status, sent, body = ask(self.sandbox, "POST", urlsplit(path).path, urlencode(form).encode(), headers)
        return status, sent.get("Location", ""), body.decode()

    def visit(self, address: str) -> str:
        """Follow an address of the sandbox's once; return where it leads."""
        status, sent, body = ask(self.sandbox, "GET", urlsplit(address).path)
        assert status == 303, body
        return sent["Location"]


def ask(
    sandbox: Sandbox | int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Send a request without the SDK, to a sandbox or a port."""
    port = sandbox if isinstance(sandbox, int) else sandbox.port
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


@dataclass
class Receiver:
    """Takes webhooks; `answers` says with which status, by their number."""

    answers: Callable[[int], int] = lambda number: 200
    got: list[tuple[bytes, str | None]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def start(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.lock:
                    outer.got.append((body, self.headers.get("Stripe-Signature")))
                    number = len(outer.got)
                self.send_response(outer.answers(number))
                self.end_headers()

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def events(self) -> list[Any]:
        """Return what came, as JSON."""
        return [orjson.loads(body) for body, _ in self.got]


def document(data: bytes, name: str) -> BytesIO:
    """Return what the SDK uploads as a file of this name."""
    made = BytesIO(data)
    made.name = name
    return made


def buttons(html: str) -> set[str]:
    """Return the words on a page's buttons."""
    return {" ".join(text.split()) for text in re.findall(r"<button[^>]*>([^<]*)</button>", html)}
