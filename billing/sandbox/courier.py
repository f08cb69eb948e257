"""Webhook deliveries: signed, tried again until they are taken, logged. Sent outside the state's lock."""

import heapq
import json
import time
from collections import deque
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

from billing.sandbox.chaos import Chaos
from billing.sandbox.objects.template import Object
from billing.sandbox.signing import forged, signature
from billing.sandbox.state import State
from billing.sandbox.version import API_VERSION, NAME

PATIENCE, TRIES, LOGGED = 10.0, 8, 5_000


def doubling(attempt: int) -> float:
    """Return the seconds until the next try: 1, 2, 4 … Stripe takes hours and days, a demonstration has no time."""
    return float(2 ** (attempt - 1))


class Courier:
    """`backoff` gives the seconds until a try after the one that failed, by its number."""

    def __init__(self, state: State, chaos: Chaos, backoff: Callable[[int], float] = doubling) -> None:
        self.state, self.chaos, self.backoff = state, chaos, backoff
        self.log: deque[Object] = deque(maxlen=LOGGED)
        self.changed = Condition()
        self._waiting: list[tuple[float, int, Object]] = []
        self._under_way = 0
        self._count = 0
        self._stopped = False
        self._threads: list[Thread] = []

    def start(self, threads: int = 1) -> None:
        """Begin to deliver; one thread delivers in order, several do not."""
        self._threads = [Thread(target=self._work, daemon=True, name="courier") for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the delivery that is under way."""
        with self.changed:
            self._stopped = True
            self.changed.notify_all()
        for thread in self._threads:
            thread.join()

    def publish(self, event: Object) -> None:
        """Deliver a new event to every endpoint that wants it."""
        endpoints = [each for each in self.state.every("webhook_endpoint", status="enabled") if _wants(each, event)]
        event["pending_webhooks"] = len(endpoints)
        for endpoint in endpoints:
            for place, delay in enumerate(self.chaos.delays()):
                self._enqueue(self._delivery(event, endpoint, duplicate=place > 0), delay)

    def forge(self, kind: str, event: Object) -> None:
        """Send every endpoint a forged event of a kind in `signing.FORGED`; its id begins with ``evt_forged``."""
        for endpoint in self.state.every("webhook_endpoint", status="enabled"):
            false = {**event, "id": "evt_forged" + self.state.new_id("forged", 17)[7:]}
            self._enqueue(self._delivery(false, endpoint, forged=kind), 0)

    def _delivery(self, event: Object, endpoint: Object, duplicate: bool = False, forged: str = "") -> Object:
        self._count += 1
        return {
            "id": f"dlv_{self._count}",
            "event": event["id"],
            "type": event["type"],
            "endpoint": endpoint["id"],
            "url": endpoint["url"],
            "api_version": endpoint["api_version"] or API_VERSION,
            "secret": self.state.secrets_of(endpoint["id"])["secret"],
            "attempt": 0,
            "status": "waiting",
            "answer": None,
            "duplicate": duplicate,
            "forged": forged,
            "payload": {**event, "api_version": endpoint["api_version"] or API_VERSION},
        }

    def _enqueue(self, delivery: Object, delay: float) -> None:
        with self.changed:
            if not delivery["attempt"]:
                self.log.append(delivery)
            self._count += 1
            heapq.heappush(self._waiting, (time.monotonic() + delay, self._count, delivery))
            self.changed.notify_all()

    def _work(self) -> None:
        while (delivery := self._next()) is not None:
            self._try(delivery)
            with self.changed:
                self._under_way -= 1
                self.changed.notify_all()

    def _next(self) -> Object | None:
        with self.changed:
            while not self._stopped:
                wait = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0:
                    self._under_way += 1
                    return heapq.heappop(self._waiting)[2]
                self.changed.wait(wait)
        return None

    def _try(self, delivery: Object) -> None:
        delivery["attempt"] += 1
        delivery["answer"] = answer = _send(delivery)
        if answer.isdigit() and 200 <= int(answer) < 300:
            delivery["status"] = "taken"
            self._taken(delivery)
        elif delivery["forged"] or delivery["attempt"] >= TRIES:
            delivery["status"] = "refused"
        else:
            delivery["status"] = "trying again"
            self._enqueue(delivery, self.backoff(delivery["attempt"]))

    def _taken(self, delivery: Object) -> None:
        with self.state.lock:
            event = self.state.objects.get("event", {}).get(delivery["event"])
            if event and not delivery["duplicate"]:
                event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
                self.state.revision += 1

    def pending(self) -> int:
        """Return how many deliveries wait or are under way."""
        with self.changed:
            return len(self._waiting) + self._under_way

    def drain(self, seconds: float) -> bool:
        """Wait until nothing is to be delivered; return whether that came true in time."""
        with self.changed:
            return self.changed.wait_for(lambda: not self._waiting and not self._under_way, seconds)

    def shown(self, most: int = 200) -> list[Object]:
        """Return the newest deliveries, newest first, without secrets and payloads."""
        with self.changed:
            newest = list(self.log)[-most:][::-1]
        return [{name: value for name, value in each.items() if name not in {"secret", "payload"}} for each in newest]


def _wants(endpoint: Object, event: Object) -> bool:
    return "*" in endpoint["enabled_events"] or event["type"] in endpoint["enabled_events"]


def encode(event: Any) -> str:  # noqa: ANN401 (JSON)
    return json.dumps(event, indent=2)


def _send(delivery: Object) -> str:
    """Send once; return the status of the answer, or why there was none."""
    if delivery["forged"]:
        body, header = forged(delivery["forged"], delivery["payload"], delivery["secret"], encode)
    else:
        body = encode(delivery["payload"]).encode()
        header = signature(body, delivery["secret"])
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": NAME}
    parts = urlsplit(delivery["url"])
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        signed = headers | ({"Stripe-Signature": header} if header else {})
        connection.request("POST", parts._replace(scheme="", netloc="").geturl() or "/", body, signed)
        return str(connection.getresponse().status)
    except (OSError, HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
