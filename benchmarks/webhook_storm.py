"""Stripe's events, each delivered several times among forged ones in a random order, while who takes and who processes
them is killed; and what came of it."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from signal import SIGKILL

from django.conf import settings
from django.utils import timezone

from audit.events import Event
from audit.record import record_event
from benchmarks import site
from benchmarks.webhook_shop import Object, Shop
from billing.processor.accounts import STRIPE
from billing.sandbox.courier import encode
from billing.sandbox.server import Sandbox
from billing.sandbox.signing import FORGED, forged, signature
from billing.vault.scope import processor_scope
from billing.webhooks import inbox
from billing.webhooks.models import WebhookInbox
from billing.webhooks.registry import StripeEvent, handles
from config.local.postgres import free_port

COPIES, SENDERS = 6, 4
IDLE, LOOK = 0.05, 0.2
"""Seconds that a worker waits when nothing is due, and between two looks at how far it all is."""
PATIENCE = 120.0
"""Seconds without any progress after which the storm is over, whatever is left."""
FALSE = "evt_forgedstorm"
"""What the id of each forged event begins with."""
MARKED = ("customer.updated", "charge.succeeded", "charge.failed", "invoice.paid", "invoice.payment_failed")
MARK = Event.CUSTOMER_RELABELLED
"""Stands for an effect: one row of the record for each time that an event's handlers ran and were committed."""


@dataclass(frozen=True, slots=True)
class Storm:
    """A quarter of the deliveries is forged, the rest are copies. There may be some more than `deliveries`."""

    deliveries: int
    customers: int = 12
    workers: int = 2
    kills: int = 10
    web_kills: int = 2

    @property
    def forged(self) -> int:
        return self.deliveries // 4

    @property
    def events(self) -> int:
        return (self.deliveries - self.forged) // COPIES


@dataclass(slots=True)
class Ridden:
    """A storm that is over. `answers` has for each delivery how it was forged, or "", and the status (0: no answer)."""

    shop: Shop
    events: list[Object]
    answers: list[tuple[str, int]] = field(default_factory=list)
    killed: int = 0
    web_killed: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """One delivery; `false` is a kind of `FORGED`, or nothing."""

    event: Object
    false: str = ""

    def sealed(self) -> tuple[bytes, str | None]:
        """Return body and signature, of this moment."""
        secret = settings.STRIPE_WEBHOOK_SECRETS[0]
        if self.false:
            return forged(self.false, self.event, secret, encode)
        body = encode(self.event).encode()
        return body, signature(body, secret)


class Web:
    """The product's web server; what is killed comes back at the same address."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        self._stack = ExitStack()
        self._pids = self._stack.enter_context(site.granian("config.wsgi:application", self.port, "/readyz"))

    def kill(self) -> None:
        os.killpg(os.getpgid(self._pids[0]), SIGKILL)
        self.stop()

    def stop(self) -> None:
        self._stack.close()


class Workers:
    """Processes that drain the inbox."""

    def __init__(self, number: int) -> None:
        self._running = [_worker() for _ in range(number)]

    def kill(self) -> None:
        """Kill the one that runs longest, in whatever it does, and start another."""
        victim = self._running.pop(0)
        victim.kill()
        victim.wait()
        self._running.append(_worker())

    def stop(self) -> None:
        for each in self._running:
            each.kill()
            each.wait()


def run(sandbox: Sandbox, storm: Storm) -> Ridden:
    """Let things happen at Stripe, and their events come; the settings and the environment name `sandbox`."""
    chance = random.Random(7)
    shop = Shop(sandbox, chance)
    shop.open(storm.customers)
    ridden = Ridden(shop, shop.trade(storm.events))
    with ExitStack() as stack:
        web, workers = Web(), Workers(storm.workers)
        stack.callback(web.stop)
        stack.callback(workers.stop)
        _ride(storm, ridden, web, workers, chance)
    return ridden


def _ride(storm: Storm, ridden: Ridden, web: Web, workers: Workers, chance: random.Random) -> None:
    letters = _letters(ridden.events, storm.forged, chance)
    worker_ends = sorted(chance.sample(range(len(ridden.events)), storm.kills))
    web_ends = sorted(chance.sample(range(len(letters)), storm.web_kills))
    threads = ThreadPoolExecutor(SENDERS)
    try:
        sent = [threads.submit(_send, web.port, letter) for letter in letters]
        for taken, processed in _progress(sent, [each["id"] for each in ridden.events]):
            if worker_ends and processed >= worker_ends[0]:
                worker_ends.pop(0)
                workers.kill()
                ridden.killed += 1
            if web_ends and taken >= web_ends[0]:
                web_ends.pop(0)
                web.kill()
                web.start()
                ridden.web_killed += 1
    finally:
        threads.shutdown(cancel_futures=True)
    answers = (0 if each.cancelled() else each.result() for each in sent)
    ridden.answers = [(letter.false, answer) for letter, answer in zip(letters, answers, strict=True)]


def _letters(events: list[Object], false: int, chance: random.Random) -> list[Letter]:
    """Return the deliveries of all events, and of forged ones of every kind, in a random order."""
    kinds = list(FORGED)
    letters = [Letter(event) for event in events] * COPIES
    for number in range(false):
        event = {**chance.choice(events), "id": f"{FALSE}{number:012}"}
        letters.append(Letter(event, kinds[number % len(kinds)]))
    chance.shuffle(letters)
    return letters


def _progress(sent: "list[Future[int]]", events: list[str]) -> Iterator[tuple[int, int]]:
    """Yield how many deliveries are answered and how many events processed, until all are or nothing moves."""
    before, moved = (-1, -1), time.monotonic()
    while before != (len(sent), len(events)) and time.monotonic() - moved < PATIENCE:
        time.sleep(LOOK)
        now = sum(each.done() for each in sent), _processed(events)
        if now != before:
            before, moved = now, time.monotonic()
        yield now
        if now[0] == len(sent):
            _hurry(events)


def _processed(events: list[str]) -> int:
    with processor_scope():
        return int(WebhookInbox.objects.filter(event_id__in=events, state=inbox.State.PROCESSED).count())


def _hurry(events: list[str]) -> None:
    """Have what failed tried now, not when its turn is."""
    now = timezone.now()
    with processor_scope():
        WebhookInbox.objects.filter(event_id__in=events, state__in=inbox.OPEN, due_at__gt=now).update(due_at=now)


def _send(port: int, letter: Letter) -> int:
    """Deliver until there is an answer, as Stripe does; return its status."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        body, header = letter.sealed()
        sent = {"Content-Type": "application/json"} | ({"Stripe-Signature": header} if header else {})
        with suppress(OSError, HTTPException), closing(HTTPConnection("localhost", port, timeout=20)) as connection:
            connection.request("POST", "/webhooks/stripe", body, sent)
            if (status := connection.getresponse().status) < 500:
                return status
        time.sleep(IDLE)
    return 0


def _worker() -> "subprocess.Popen[bytes]":
    code = f"import django; django.setup(); from benchmarks.webhook_storm import work; work({os.getpid()})"
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def work(parent: int) -> None:
    """Process what is due while the parent lives: what one process does."""
    handles(*MARKED)(_leave_mark)
    while os.getppid() == parent:
        if not inbox.drain():
            time.sleep(IDLE)


def _leave_mark(told: StripeEvent) -> None:
    record_event(MARK, STRIPE, told.id)
