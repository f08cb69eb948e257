"""The simulated Stripe in this process, with the product's settings, client and dj-stripe pointed at it."""

import secrets
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import stripe as sdk
from django.conf import settings
from pytest_django import Settings

from billing.processor import client as processor
from billing.sandbox import due
from billing.sandbox.clock import standing
from billing.sandbox.rendering import shown
from billing.sandbox.server import Sandbox
from billing.sandbox.simulate import simulate
from billing.vault import compat
from billing.vault.scope import processor_scope
from billing.webhooks import inbox
from billing.webhooks.models import WebhookInbox
from tests.people import new_client

ADDRESS = "/webhooks/stripe"
KEY = "sk_test_sandbox" + "T" * 24


@dataclass
class Peer:
    """`sandbox` is the simulated Stripe; its clock stands at the machine's present time until it is moved."""

    sandbox: Sandbox
    delivered: set[str] = field(default_factory=set)

    @property
    def v1(self) -> Any:  # noqa: ANN401 (the SDK's parameter types are narrower than what tests try)
        """The product's own client."""
        return processor.client().v1

    def advance(self, seconds: float) -> None:
        """Move the clock; what is due on the way happens at its own moment."""
        with self.sandbox.state.lock:
            due.advance(self.sandbox.state, int(seconds))

    def simulate(self, act: str, **known: object) -> Any:  # noqa: ANN401 (JSON)
        """Do an act of the control panel's by its name; return the object that came of it."""
        with self.sandbox.state.lock:
            return shown(self.sandbox.state, simulate(self.sandbox.state, {"act": act, **known}))

    def events(self) -> list[Any]:
        """Return the events that were not delivered yet, oldest first."""
        with self.sandbox.state.lock:
            return [deepcopy(each) for each in self.sandbox.state.every("event") if each["id"] not in self.delivered]

    def post(self, event: dict[str, Any], **headers: str) -> int:
        """Deliver an event, signed as Stripe signs, to our ingress; return the status of the answer."""
        self.delivered.add(event["id"])
        body = orjson.dumps(event).decode()
        signed = sdk.WebhookSignature.generate_signature_header(body, settings.STRIPE_WEBHOOK_SECRETS[0])
        sent = {"stripe-signature": signed, **headers}
        answer = new_client().post(ADDRESS, body, content_type="application/json", headers=sent)
        return answer.status_code

    def deliver(self) -> list[int]:
        """Deliver all events, process what is due, and go on while that made others; return the answers' statuses.

        An event whose processing failed fails the test, with what it failed by.
        """
        statuses: list[int] = []
        while events := self.events():
            statuses += [self.post(event) for event in events]
            while inbox.drain():
                pass
        with processor_scope():
            rows = WebhookInbox.objects.filter(state=inbox.State.FAILED, event_id__in=self.delivered)
            failed = [f"{row.type}: {row.error}" for row in rows]
        assert not failed, failed
        return statuses


@pytest.fixture
def stripe(settings: Settings) -> Iterator[Peer]:
    sandbox = Sandbox(KEY, seed=secrets.token_hex(8), clock=standing(int(time.time())), backoff=lambda attempt: 0.01)
    sandbox.start()
    settings.STRIPE_SANDBOX_URL = settings.STRIPE_API_HOST = sandbox.url
    settings.STRIPE_SECRET_KEY = KEY
    former = sdk.api_base
    compat.point_at(sandbox.url)
    yield Peer(sandbox)
    processor.forget()
    if sdk.default_http_client:
        sdk.default_http_client.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        sdk.default_http_client = None
    compat.point_at(former)
    sandbox.stop()


@pytest.fixture
def impatient(stripe: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK try nothing again by itself: a lost answer is ours to deal with."""
    monkeypatch.setattr(processor, "RETRIES", 0)
    processor.forget()
