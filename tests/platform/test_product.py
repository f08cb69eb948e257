"""The real product as `make run` starts it: what was answered survives every kill -9."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psycopg
import pytest
import stripe

from config.local import processes
from config.local.product import Site, stripe_port
from tests.platform.running import PATIENCE, House, eventually

pytestmark = pytest.mark.processes

#: Answers to wait for after each kill before the next one.
BETWEEN_KILLS = 20
VICTIMS = ("web worker", "web", "worker", "beat", "postgres")


class Caller(threading.Thread):
    """A client that asks the guard again and again and remembers the decisions it was answered with."""

    def __init__(self, port: int, key: str, answered: list[str], stop: threading.Event) -> None:
        super().__init__()
        self.port, self.key, self.answered, self.stop = port, key, answered, stop

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                status, body = ask(self.port, self.key, "POST", "/v1/guard", {"input": "What is the weather like?"})
            except (OSError, HTTPException):  # what was killed could not answer
                self.stop.wait(processes.POLL)
                continue
            if status == 200:
                self.answered.append(json.loads(body)["decision_id"])


def ask(port: int, key: str, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Host": f"localhost:{port}"}
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.fixture
def product(tmp_path: Path) -> Iterator[House]:
    """The real product with its demonstration data, once it says that it is ready."""
    house = House.start(tmp_path / "var", None, "config.local", "run")
    assert house.process.stdout is not None
    assert house.process.stderr is not None
    drain = threading.Thread(target=house.process.stderr.read)
    drain.start()
    said = []
    for line in house.process.stdout:
        said.append(line)
        if line.endswith("Ctrl-C stops everything\n"):
            break
    assert f"Tidegate is ready: http://localhost:{house.port}\n" in said
    yield house
    if house.process.poll() is None:
        house.process.send_signal(signal.SIGINT)
        house.process.wait(PATIENCE)
    drain.join()
    house.process.stdout.close()
    house.process.stderr.close()


class Shopper(threading.Thread):
    """Somebody of whom Stripe has something to tell again and again; remembers the events that it had to deliver."""

    def __init__(self, house: House, stop: threading.Event) -> None:
        super().__init__()
        site = Site(house.var, int(house.port), base_url="")
        self.client = stripe.StripeClient(
            (house.var / "stripe-sandbox" / "key").read_text().strip(),
            base_addresses={"api": f"http://127.0.0.1:{stripe_port(site)}"},
        )
        self.stop = stop
        self.made: list[str] = []

    def run(self) -> None:
        while not self.stop.wait(processes.POLL):
            self.made.append(self.client.v1.products.create({"name": f"Product {len(self.made)}"}).id)

    def events(self) -> set[str]:
        """Return the ids of the events of what was made."""
        listed = self.client.v1.events.list({"type": "product.created", "limit": 100}).auto_paging_iter()
        return {event.id for event in listed if event.data.object["id"] in set(self.made)}


def processed(house: House) -> set[str]:
    """Return the events that the product has processed."""
    environment = dict(
        line.split("=", 1) for line in Path(f"/proc/{find(house, 'web')}/environ").read_text().split("\0") if line
    )
    with psycopg.connect(environment["DATABASE_OPERATOR_URL"]) as operator:
        rows = operator.execute("SELECT event_id FROM webhooks_webhookinbox WHERE state = 'processed'")
        return {event_id for (event_id,) in rows}


def kill_in_the_middle(house: House, victim: str, answered: list[str]) -> None:
    """Kill a program and wait until requests are answered again and the program is back."""
    before = eventually(lambda: find(house, victim))
    os.kill(before, signal.SIGKILL)
    goal = len(answered) + BETWEEN_KILLS
    assert eventually(lambda: len(answered) >= goal)
    assert eventually(lambda: find(house, victim) not in {0, before})


def find(house: House, name: str) -> int:
    """Return the process id of the program of that name, or of one of its web workers; 0 while there is none."""
    if name == "postgres":
        return house.postmaster()
    if name == "web worker":
        return max(children(find(house, "web")), default=0)
    words = {"web": b"config.serving", "worker": b"worker", "beat": b"beat"}
    programs = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in children(house.process.pid)}
    return next((pid for pid, command in programs.items() if words[name] in command), 0)


def children(pid: int) -> list[int]:
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_nothing_answered_is_lost_whatever_is_killed(product: House) -> None:
    """Every program is killed in the middle of requests; each decision that was answered is on record afterwards."""
    port = int(product.port)
    keys = json.loads((product.var / "demo.json").read_text())["organizations"][0]["keys"]
    answered: list[str] = []
    stop = threading.Event()
    callers = [Caller(port, keys["developer"], answered, stop) for _ in range(4)]
    for caller in callers:
        caller.start()
    try:
        for victim in VICTIMS:
            kill_in_the_middle(product, victim, answered)
    finally:
        stop.set()
        for caller in callers:
            caller.join()
    for decision in answered:
        assert ask(port, keys["read_only"], "GET", f"/v1/decisions/{decision}")[0] == 200
    product.process.send_signal(signal.SIGINT)
    assert product.process.wait(PATIENCE) == 0
    assert product.left_over() == []


def test_w05_no_event_of_stripes_is_lost_whatever_is_killed(product: House) -> None:
    """Beat and PostgreSQL too; the queue itself is a folder, which nothing kills."""
    stop = threading.Event()
    shopper = Shopper(product, stop)
    shopper.start()
    try:
        for victim in VICTIMS:
            kill_in_the_middle(product, victim, shopper.made)
    finally:
        stop.set()
        shopper.join()
    owed = shopper.events()
    assert len(owed) == len(shopper.made) >= len(VICTIMS) * BETWEEN_KILLS
    assert eventually(lambda: owed <= processed(product))
