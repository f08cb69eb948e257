"""The sandbox in this process, on a port of its own, and the real SDK in front of it."""

from collections.abc import Iterator

import pytest
import stripe
from stripe._base_address import BaseAddresses

from billing.sandbox.clock import standing
from billing.sandbox.server import Sandbox
from tests.billing.sandbox.shop import KEY, Receiver, Shop

START = 1_800_000_000
"""15 January 2027, 08:00 UTC: where the clock of the tests stands until it is moved."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    started = Sandbox(KEY, seed="tests", clock=standing(START), backoff=lambda attempt: 0.01)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    http = stripe.RequestsClient()
    addresses: BaseAddresses = {"api": sandbox.url, "files": sandbox.url}
    client = stripe.StripeClient(KEY, base_addresses=addresses, http_client=http, max_network_retries=0)
    yield Shop(sandbox, client)
    http.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    listening.start()
    yield listening
    listening.stop()
