"""Receivers that want us inside, elsewhere, or for ever (W09)."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import Settings

from tenants.permissions import Permission
from tenants.scope import org_scope
from tenants.webhooks import couriers, endpoints
from tenants.webhooks.endpoints import EndpointRequest
from tenants.webhooks.kinds import WebhookEvent
from tenants.webhooks.models import Delivery, Endpoint
from tests.committed import new_owner
from tests.platform.running import eventually
from tests.tenants.webhooks.conftest import Told, tell
from tests.tenants.webhooks.receiver import Receiver, is_genuine

INSIDE = (
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "127.0.0.2",
    "0.0.0.0",
    "2130706433",
    "0x7f000001",
    "[::1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::a00:1]",
    "[fd00::1]",
    "[fe80::1]",
)


def _move(told: Told, url: str) -> None:
    with org_scope(told.org_id):
        Endpoint.objects.filter(id=told.endpoint_id).update(url=url)


def _last(told: Told) -> dict[str, object]:
    one: dict[str, object] = told.delivery().tries[-1]
    return one


@pytest.mark.parametrize("host", INSIDE)
def test_w09_nothing_is_posted_inside(told: Told, host: str) -> None:
    _move(told, f"https://{host}/hook")
    told.emit()
    told.deliver()
    assert _last(told)["status"] is None
    assert "public internet" in str(_last(told)["error"])


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "https://user:word@hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "https:///hook",
        "https://hooks.example:x/",
        "https://hooks.example/#part",
        "https://hooks.example/ x",
        "https://hooks.example/\r\nX: y",
        "https://hooks.example/" + "x" * 1_000,
        "",
    ],
)
def test_w09_such_an_address_is_not_even_registered(told: Told, url: str) -> None:
    grant = told.owner.may(Permission.WEBHOOKS_CHANGE)
    with org_scope(told.org_id), pytest.raises(ValidationError) as wrong:
        endpoints.create(grant, EndpointRequest(url, [WebhookEvent.KEY_CREATED]))
    assert list(wrong.value.message_dict) == ["url"]
    with org_scope(told.org_id):
        assert Endpoint.objects.count() == 1


def test_w09_in_production_not_even_this_machine_is_posted_to(
    told: Told, receiver: Receiver, settings: Settings
) -> None:
    told.emit()
    settings.OUTGOING_LOOPBACK = False
    told.deliver()
    assert receiver.got == []
    assert _last(told)["status"] is None


def test_w09_a_name_that_points_elsewhere_the_second_time_leads_nowhere(
    told: Told, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer is public, each later one is inside. The name is asked once, and that is used."""
    answers = [("93.184.216.34", 443), *[("127.0.0.1", receiver.port)] * 5]
    asked, connected = [], []

    def resolve(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", answers.pop(0))]

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("tenants.outgoing.socket.getaddrinfo", resolve)
    monkeypatch.setattr("tenants.outgoing.socket.create_connection", connect)
    outcome = couriers.post(couriers.Parcel("https://rebinding.example/", b"{}", {}))
    assert (asked, connected) == (["rebinding.example"], [("93.184.216.34", 443)])
    assert outcome.status is None


def test_w09_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr("tenants.outgoing.socket.getaddrinfo", lambda *_, **__: both)
    outcome = couriers.post(couriers.Parcel("https://both.example/", b"{}", {}))
    assert "public internet" in outcome.error


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_w09_a_redirect_is_a_failure_and_not_followed(told: Told, receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    told.emit()
    told.deliver()
    assert [got.path for got in receiver.got] == ["/hook"]
    assert (told.delivery().state, _last(told)["status"]) == ("waiting", status)


@pytest.mark.parametrize("path", ["hanging", "dripping"])
def test_w09_a_receiver_that_does_not_come_to_its_answer_is_left(
    told: Told, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(couriers, "SECONDS", 0.4)
    _move(told, f"{receiver.url}/{path}")
    told.emit()
    began = time.monotonic()
    told.deliver()
    assert time.monotonic() - began < 3
    assert (_last(told)["status"], _last(told)["error"]) == (None, "127.0.0.1 did not answer in time.")


def test_w09_a_body_without_end_is_not_read(told: Told, receiver: Receiver) -> None:
    _move(told, f"{receiver.url}/endless")
    told.emit()
    began = time.monotonic()
    told.deliver()
    assert time.monotonic() - began < 5
    assert told.delivery().state == "delivered"


def test_w09_slow_receivers_hold_up_nobody_else(told: Told, receiver: Receiver) -> None:
    """Forty deliveries go to an endpoint that hangs; those to a sibling of it and to another tenant pass."""
    _move(told, f"{receiver.url}/hanging")
    for number in range(40):
        told.emit(n=number)
    sibling = tell(told.owner, f"{receiver.url}/sibling", WebhookEvent.KEY_REVOKED)
    other = tell(new_owner(), f"{receiver.url}/other", WebhookEvent.KEY_REVOKED)
    couriers.send_out()
    assert receiver.inside.acquire(timeout=30)
    sibling.emit(WebhookEvent.KEY_REVOKED)
    other.emit(WebhookEvent.KEY_REVOKED)

    def all_there() -> bool:
        couriers.send_out()
        return len(receiver.at("/sibling")) == len(receiver.at("/other")) == 1

    assert eventually(all_there)
    assert len(receiver.at("/hanging")) <= couriers.EACH_ENDPOINT
    with org_scope(told.org_id):
        assert Delivery.objects.filter(endpoint=told.endpoint_id, held=True).count() <= couriers.EACH_ENDPOINT
    receiver.let_go.set()
    assert eventually(lambda: not any(one.held for one in told.deliveries()))


def test_w09_a_tenant_gets_no_more_than_its_share(told: Told, receiver: Receiver) -> None:
    _move(told, f"{receiver.url}/hanging")
    slow = [told, *(tell(told.owner, f"{receiver.url}/hanging") for _ in range(7))]
    for number in range(4):
        told.emit(n=number)
    mine = [delivery_id for delivery_id, org_id in couriers.due() if org_id == told.org_id]
    assert len(mine) == couriers.EACH_TENANT
    with ThreadPoolExecutor(len(mine)) as threads:
        out = [threads.submit(couriers.deliver, one, told.org_id) for one in mine]
        assert eventually(lambda: len(receiver.got) == len(mine))
        assert told.org_id not in {org_id for _, org_id in couriers.due()}
        receiver.let_go.set()
        for one in out:
            one.result()
    assert sum(len(one.deliveries()) for one in slow) == 32


def test_w09_during_a_roll_both_secrets_verify_and_afterwards_one(told: Told, receiver: Receiver) -> None:
    with org_scope(told.org_id):
        grant = told.owner.may(Permission.WEBHOOKS_CHANGE)
        _, second = endpoints.roll(grant, told.endpoint_id, timedelta(hours=24))
    told.emit(n=1)
    told.deliver()
    with org_scope(told.org_id):
        Endpoint.objects.filter(id=told.endpoint_id).update(former_until=timezone.now())
    told.emit(n=2)
    told.deliver()
    verified = [
        [is_genuine(secret, got.headers, got.body, time.time()) for secret in (told.secret, second)]
        for got in receiver.got
    ]
    assert verified == [[True, True], [False, True]]
    assert [len(got.headers["webhook-signature"].split()) for got in receiver.got] == [2, 1]
