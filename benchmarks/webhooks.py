"""Promise 8: a delivery of Stripe's is acknowledged in at most twice a durable INSERT and an empty view together."""

import time
from collections.abc import Callable
from http.client import HTTPConnection
from uuid import uuid4

import orjson
import stripe
from django.conf import settings
from django.db import connections

from benchmarks import site
from billing.vault.scope import processor_scope
from billing.webhooks.models import WebhookInbox

ROUNDS = 500
PORT, EMPTY = 8471, 8472
FLOOR = "INSERT INTO bench_floor (id, payload) VALUES (%s, %s)"


def main() -> None:
    """Print the median milliseconds of an acknowledgement, of its two floors, and the ratio."""
    site.migrated()
    bodies = [_body(number) for number in range(ROUNDS)]
    empty, ours = "benchmarks.empty:application", "config.wsgi:application"
    with site.granian(empty, EMPTY, "/"), site.granian(ours, PORT, "/readyz"):
        insert, empty_view, acknowledged = _medians(
            _durable_insert(bodies[0]),
            _ask(EMPTY, "GET", "/", lambda _: (b"", {})),
            _ask(PORT, "POST", "/webhooks/stripe", lambda number: (bodies[number], _signed(bodies[number]))),
        )
    with processor_scope():
        stored = WebhookInbox.objects.count()
    assert stored == ROUNDS, f"{stored} of {ROUNDS} events are stored"
    ratio = acknowledged / (insert + empty_view)
    print(f"  acknowledged {acknowledged:6.2f} ms   durable INSERT {insert:6.2f} ms   empty view {empty_view:6.2f} ms")
    print(f"  ratio {ratio:.2f} (at most 2); {stored} events of {len(bodies[0])} bytes, one at a time")


def _body(number: int) -> bytes:
    """Return an event as large as a dispute's."""
    product = {"id": f"prod_{number}", "object": "product", "description": "x" * 4_000}
    known = {"id": f"evt_bench{number}", "object": "event", "type": "product.updated", "created": int(time.time())}
    return orjson.dumps(
        {**known, "livemode": False, "api_version": settings.STRIPE_API_VERSION, "data": {"object": product}}
    )


def _signed(body: bytes) -> dict[str, str]:
    secret = settings.STRIPE_WEBHOOK_SECRETS[0]
    return {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body.decode(), secret)}


def _durable_insert(body: bytes) -> Callable[[int], object]:
    """Return what does one INSERT of as many bytes that reaches the disk, on a connection that is open."""
    cursor = connections["owner"].cursor()
    cursor.execute("CREATE TABLE bench_floor (id uuid PRIMARY KEY, payload text)")
    return lambda _: cursor.execute(FLOOR, [uuid4(), body.decode()])


def _ask(
    port: int, method: str, path: str, said: Callable[[int], tuple[bytes, dict[str, str]]]
) -> Callable[[int], None]:
    """Return what sends one request over a connection that stays open."""
    connection = HTTPConnection("localhost", port, timeout=30)

    def ask(number: int) -> None:
        body, headers = said(number)
        connection.request(method, path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    return ask


def _medians(*steps: Callable[[int], object]) -> list[float]:
    """Return the median milliseconds of each step. They take turns: what the disk does meanwhile, it does to all."""
    times: list[list[float]] = [[] for _ in steps]
    for number in range(ROUNDS):
        for step, taken in zip(steps, times, strict=True):
            started = time.perf_counter()
            step(number)
            taken.append(time.perf_counter() - started)
    return [sorted(taken)[ROUNDS // 2] * 1000 for taken in times]
