"""Webhooks: signed, tried again, twice and out of order on request; forged ones that every receiver must refuse."""

from typing import Any

import pytest
import stripe

from billing.sandbox.signing import FORGED
from billing.sandbox.version import API_VERSION
from tests.billing.sandbox.shop import DAY, Receiver, Shop


def listen(shop: Shop, receiver: Receiver, **known: object) -> Any:  # noqa: ANN401 (an SDK object)
    asked = {"url": receiver.url, "enabled_events": ["*"], "api_version": API_VERSION, **known}
    return shop.v1.webhook_endpoints.create(asked)


def drained(shop: Shop) -> None:
    assert shop.control("drain") == {"drained": True}


def is_accepted(body: bytes, header: str | None, secret: str) -> bool:
    """Tell whether the SDK accepts a delivery."""
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret, 300))
    except stripe.SignatureVerificationError:
        return False


def test_an_event_comes_signed_and_the_sdk_parses_it(shop: Shop, receiver: Receiver) -> None:
    endpoint = listen(shop, receiver)
    customer = shop.customer(card=None)
    drained(shop)
    [(body, header)] = receiver.got
    event = stripe.Webhook.construct_event(body, header, endpoint.secret)
    assert (event.type, event.data.object["id"], event.api_version) == ("customer.created", customer.id, API_VERSION)
    assert receiver.events()[0]["request"]["id"] == customer.last_response.request_id
    assert shop.v1.events.retrieve(event.id).pending_webhooks == 0
    assert not is_accepted(body, header, "whsec_other")


def test_the_secret_is_told_once(shop: Shop, receiver: Receiver) -> None:
    endpoint = listen(shop, receiver)
    assert endpoint.secret.startswith("whsec_")
    for shown in (shop.v1.webhook_endpoints.retrieve(endpoint.id), shop.v1.webhook_endpoints.list().data[0]):
        assert "secret" not in shown.to_dict()


def test_an_endpoint_gets_what_it_asked_for(shop: Shop, receiver: Receiver) -> None:
    endpoint = listen(shop, receiver, enabled_events=["product.created"])
    shop.customer()
    shop.v1.products.create({"name": "Team"})
    shop.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    shop.v1.products.create({"name": "Business"})
    shop.v1.webhook_endpoints.update(endpoint.id, {"disabled": False, "enabled_events": ["price.created"]})
    shop.price(100)
    shop.v1.webhook_endpoints.delete(endpoint.id)
    shop.price(200)
    drained(shop)
    assert [event["type"] for event in receiver.events()] == ["product.created", "price.created"]


def test_an_endpoint_of_another_version_gets_events_that_say_so(shop: Shop, receiver: Receiver) -> None:
    listen(shop, receiver, api_version="2026-05-27.dahlia")
    shop.customer(card=None)
    drained(shop)
    assert [event["api_version"] for event in receiver.events()] == ["2026-05-27.dahlia"]


@pytest.mark.parametrize("url", ["https://example.com/hook", "http://10.0.0.1/", "ftp://localhost/", "nonsense"])
def test_nothing_is_sent_off_this_machine(shop: Shop, url: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    assert refused.value.param == "url"


def test_a_delivery_is_tried_until_it_is_taken(shop: Shop, receiver: Receiver) -> None:
    receiver.answers = lambda number: 500 if number < 3 else 200
    listen(shop, receiver)
    shop.customer(card=None)
    drained(shop)
    assert len({event["id"] for event in receiver.events()}) == 1
    [delivery] = shop.control_deliveries()
    assert (delivery["attempt"], delivery["status"], delivery["answer"]) == (3, "taken", "200")
    assert "secret" not in delivery


def test_a_delivery_that_nobody_takes_is_given_up_and_can_be_sent_again(shop: Shop, receiver: Receiver) -> None:
    receiver.answers = lambda number: 500 if number <= 8 else 200
    listen(shop, receiver)
    shop.customer(card=None)
    drained(shop)
    event = shop.events("customer.created")[0]
    assert (shop.control_deliveries()[0]["status"], event.pending_webhooks) == ("refused", 1)
    assert [each.id for each in shop.v1.events.list({"delivery_success": False}).data] == [event.id]
    shop.control("resend", event=event.id)
    drained(shop)
    assert shop.v1.events.retrieve(event.id).pending_webhooks == 0


def test_chaos_makes_deliveries_twice_and_out_of_order(shop: Shop, receiver: Receiver) -> None:
    listen(shop, receiver)
    shop.control("chaos", duplicate=1, shuffle=0.2, seed=7)
    made = [shop.customer(card=None).id for _ in range(10)]
    drained(shop)
    came = [event["data"]["object"]["id"] for event in receiver.events()]
    assert len(came) == 20
    assert sorted(came) == sorted(made * 2)
    assert list(dict.fromkeys(came)) != made
    assert sum(each["duplicate"] for each in shop.control_deliveries()) == 10


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_event_is_one_that_a_receiver_must_refuse(shop: Shop, receiver: Receiver, kind: str) -> None:
    endpoint = listen(shop, receiver)
    shop.customer(card=None)
    drained(shop)
    shop.control("forge", kind=kind, event=shop.events()[0].id)
    drained(shop)
    body, header = receiver.got[-1]
    event = receiver.events()[-1]
    assert event["id"].startswith("evt_forged")
    properly_signed = kind in {"future", "live", "other_version"}
    assert is_accepted(body, header, endpoint.secret) == properly_signed
    assert (kind == "live") == event["livemode"]
    assert (kind == "other_version") == (event["api_version"] != API_VERSION)
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.events.retrieve(event["id"])


def test_the_signature_is_of_the_machines_time_wherever_the_clock_is(shop: Shop, receiver: Receiver) -> None:
    endpoint = listen(shop, receiver)
    shop.later(300)
    shop.customer(card=None)
    drained(shop)
    assert is_accepted(*receiver.got[-1], endpoint.secret)


def test_events_are_listed_for_thirty_days(shop: Shop) -> None:
    first = shop.customer(card=None)
    shop.later(29)
    shop.price(100)
    assert [event.type for event in shop.v1.events.list({"types": ["customer.*"]}).data] == ["customer.created"]
    assert shop.v1.events.list({"type": "price.created"}).data[0].created == first.created + 29 * DAY
    shop.later(2)
    assert shop.events("customer.created") == []
    assert len(shop.events("price.created")) == 1
