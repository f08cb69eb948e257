"""The door for Stripe's events: what is not Stripe's leaves no row, what is strange is kept and not processed."""

import time
import uuid

import orjson
import pytest
from django.conf import settings as project
from pytest_django import Settings

from billing.sandbox.courier import encode
from billing.sandbox.signing import FORGED, forged
from billing.webhooks import inbox
from billing.webhooks.verifying import LARGEST
from tests.billing.webhooks.conftest import event, post, send, signed, stored
from tests.people import new_client

pytestmark = pytest.mark.django_db
BODY = orjson.dumps(event()).decode()
SIGNED_WELL = {"live", "other_version"}


def test_a_signed_event_is_kept_and_answered() -> None:
    assert post(BODY, signed(BODY)) == 200
    assert stored() == [("evt_1", "received")]


@pytest.mark.parametrize("kind", sorted(set(FORGED) - SIGNED_WELL))
def test_w01_w02_a_forged_event_is_refused_and_leaves_nothing(kind: str) -> None:
    body, header = forged(kind, event(), project.STRIPE_WEBHOOK_SECRETS[0], encode)
    assert post(body, header) == 400
    assert stored() == []


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=",
        "t=now,v1=",
        "v1=" + "0" * 64,
        "t=1,t=2",
        "nonsense",
        "t=1,v1",
        ",,,",
        "t=1=2,v1=3",
        "t=\u0663,v1=\u0663",
    ],
)
def test_w01_nonsense_for_a_signature_is_refused(header: str) -> None:
    assert post(BODY, header.encode().decode("latin-1")) == 400
    assert stored() == []


def test_w01_the_body_is_signed_to_the_last_blank() -> None:
    assert post(BODY + " ", signed(BODY)) == 400
    assert post(BODY, signed(BODY).replace("v1=", "v0=")) == 400
    assert stored() == []


def test_w01_one_good_signature_among_several_is_enough() -> None:
    """Stripe signs with each secret of an endpoint that is being replaced."""
    assert post(BODY, signed(BODY) + ",v1=" + "0" * 64) == 200


def test_the_former_secret_is_good_while_it_is_listed(settings: Settings) -> None:
    former, present = "whsec_former", "whsec_present"
    settings.STRIPE_WEBHOOK_SECRETS = [present, former]
    assert [post(BODY, signed(BODY, secret)) for secret in (former, present)] == [200, 200]
    settings.STRIPE_WEBHOOK_SECRETS = [present]
    assert post(BODY, signed(BODY, former)) == 400


@pytest.mark.parametrize(("seconds", "status"), [(-320, 400), (-280, 200), (45, 200), (90, 400), (86_400, 400)])
def test_w02_an_old_signature_and_one_of_the_future_are_refused(seconds: int, status: int) -> None:
    assert post(BODY, signed(BODY, at=time.time() + seconds)) == status
    assert len(stored()) == (status == 200)


@pytest.mark.parametrize(
    "changes", [{"id": ""}, {"id": 7}, {"created": "now"}, {"data": {}}, {"data": None}, {"type": None}]
)
def test_a_signed_body_that_is_no_event_is_refused(changes: dict[str, object]) -> None:
    assert send(**changes) == 400
    assert stored() == []


@pytest.mark.parametrize("body", ["[]", "null", "1", "{", "{}", '"evt"'])
def test_a_signed_body_that_is_no_object_is_refused(body: str) -> None:
    assert post(body, signed(body)) == 400


def test_a_body_that_is_no_text_is_refused() -> None:
    assert post(b"\xff\xfe", signed("x")) == 400


def test_w06_a_flood_without_a_signature_leaves_no_row() -> None:
    assert {post(BODY, f"t={int(time.time())},v1={number:064x}") for number in range(200)} == {400}
    assert stored() == []


def test_w06_what_is_too_large_is_refused_signed_or_not() -> None:
    large = orjson.dumps(event(padding="x" * LARGEST)).decode()
    assert post(large, signed(large)) == 413
    assert post(large, "t=1,v1=1") == 413
    fits = BODY[:-1] + " " * (LARGEST - len(BODY)) + "}"
    assert post(fits, signed(fits)) == 200
    assert len(stored()) == 1


def test_w07_no_header_chooses_the_secret(settings: Settings) -> None:
    for debug in (False, True):
        settings.DEBUG = debug
        assert post(BODY, signed(BODY, "whsec_mine"), **{"x-djstripe-webhook-secret": "whsec_mine"}) == 400
    assert stored() == []


def test_w07_dj_stripes_own_door_is_not_there() -> None:
    for path in (f"/stripe/webhook/{uuid.uuid4()}/", "/webhooks/stripe/", "/stripe/webhook/"):
        assert new_client().post(path, BODY, content_type="application/json").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [{"livemode": True}, {"livemode": None}, {"api_version": "2019-02-19"}, {"account": "acct_of_somebody"}],
    ids=str,
)
def test_w08_an_event_of_another_mode_version_or_account_is_not_processed(changes: dict[str, object]) -> None:
    assert send(**changes) == 200
    assert stored() == [("evt_1", "quarantined")]
    assert inbox.drain() == 0
    assert stored() == [("evt_1", "quarantined")]


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_other_methods_are_refused(method: str) -> None:
    assert getattr(new_client(), method)("/webhooks/stripe").status_code == 405
