"""The pages of webhooks, as an owner walks them; and what they do not let others do."""

import re
import subprocess
import time
from html import unescape
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.webhooks.models import Endpoint
from tests.committed import new_member
from tests.people import Browser, passkey_of, signed_in
from tests.tenants.webhooks.conftest import Told
from tests.tenants.webhooks.receiver import Got, Receiver

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")
CODE = {name: re.compile(rf'<code id="verify-{name}-code">(.*?)</code>', re.DOTALL) for name in ("python", "curl")}


@pytest.fixture
def browser(told: Told) -> Browser:
    return told.owner.browser()


def _post(browser: Browser, name: str, *args: object, **body: object) -> "Response":
    return browser.post(reverse(name, args=args), body)


def _text(response: "Response") -> str:
    return unescape(response.content.decode())


def _snippet(browser: Browser, name: str) -> str:
    """Return the example on the page of the API as somebody copies it."""
    found = CODE[name].search(browser.get(reverse("api_docs")).content.decode())
    assert found is not None
    return unescape(found[1])


def test_an_endpoint_is_added_tested_looked_at_rolled_and_deleted(
    browser: Browser, told: Told, receiver: Receiver
) -> None:
    new = {"url": f"{receiver.url}/mine", "events": ["decision.blocked", "key.leaked"], "description": "On call"}
    answer = _post(browser, "webhook_create", **new)
    secret = SECRET.search(_text(answer))
    assert secret is not None
    assert "no-store" in answer.headers["Cache-Control"]
    with org_scope(told.org_id):
        endpoint = Endpoint.objects.get(url=new["url"])
    assert "On call" in _text(browser.get(reverse("webhooks_list")))
    detail = reverse("webhook_detail", args=[endpoint.id])
    assert secret[0] not in _text(browser.get(detail))
    mine = Told(told.owner, endpoint.id, secret[0])
    _post(browser, "webhook_test", endpoint.id)
    mine.deliver()
    assert [got.json["type"] for got in receiver.at("/mine")] == ["webhook.test"]
    assert "204" in _text(browser.get(detail))
    delivery = reverse("webhook_delivery", args=[endpoint.id, mine.delivery().id])
    assert "msg_" in _text(browser.get(delivery))
    _post(browser, "webhook_replay", endpoint.id, mine.delivery().id)
    mine.deliver()
    assert len(receiver.at("/mine")) == 2
    rolled = SECRET.search(_text(_post(browser, "webhook_roll", endpoint.id, overlap="24")))
    assert rolled is not None
    assert rolled[0] != secret[0]
    _post(browser, "webhook_delete", endpoint.id, confirm="something else")
    assert browser.get(detail).status_code == 200
    _post(browser, "webhook_delete", endpoint.id, confirm=endpoint.host)
    assert browser.get(detail).status_code == 404
    with org_scope(told.org_id):
        assert Endpoint.objects.get(id=endpoint.id).secret == ""


def test_the_secret_is_stored_sealed(browser: Browser, told: Told) -> None:
    assert told.secret not in told.endpoint.secret
    assert told.endpoint.secret.startswith("v1.")


def test_a_change_goes_by_the_same_rules(browser: Browser, told: Told, receiver: Receiver) -> None:
    changed = {"url": f"{receiver.url}/new", "events": ["policy.activated"], "description": ""}
    assert _post(browser, "webhook_change", told.endpoint_id, **changed).status_code == 302
    assert (told.endpoint.url, told.endpoint.events) == (changed["url"], ["policy.activated"])
    wrong = _post(browser, "webhook_change", told.endpoint_id, **{**changed, "url": "http://inside.example/"})
    assert wrong.status_code == 422
    assert "An address starts with https://" in _text(wrong)
    assert told.endpoint.url == changed["url"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"events": []}, "This field is required"),
        ({"events": ["webhook.test"]}, "not one of the available choices"),
        ({"url": "https://user:word@x.example/"}, "neither a name nor a password"),
        ({"description": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(
    browser: Browser, told: Told, change: dict[str, object], words: str
) -> None:
    body = {"url": "https://x.example/", "events": ["key.created"], "description": "", **change}
    answer = _post(browser, "webhook_create", **body)
    assert answer.status_code == 422
    assert words in _text(answer)
    with org_scope(told.org_id):
        assert Endpoint.objects.count() == 1


def test_there_are_ten_endpoints_at_most(browser: Browser, told: Told) -> None:
    body = {"url": "https://x.example/", "events": ["key.created"], "description": ""}
    answers = [_post(browser, "webhook_create", **body).status_code for _ in range(10)]
    assert answers == [200] * 9 + [422]


def test_disabled_means_nothing_is_sent_until_it_is_enabled(browser: Browser, told: Told, receiver: Receiver) -> None:
    told.emit(n=1)
    _post(browser, "webhook_disable", told.endpoint_id)
    told.emit(n=2)
    told.deliver()
    assert receiver.got == []
    assert told.delivery().state == "failed"
    detail = _text(browser.get(reverse("webhook_detail", args=[told.endpoint_id])))
    assert "somebody disabled it" in detail
    refused = [_post(browser, "webhook_test", told.endpoint_id)]
    refused.append(_post(browser, "webhook_replay", told.endpoint_id, told.delivery().id))
    assert {answer.status_code for answer in refused} == {302}
    assert len(told.deliveries()) == 1
    assert told.delivery().state == "failed"
    _post(browser, "webhook_enable", told.endpoint_id)
    _post(browser, "webhook_replay", told.endpoint_id, told.delivery().id)
    told.deliver()
    assert [got.json["data"] for got in receiver.got] == [{"n": 1}]


def test_r01_a_developer_does_not_see_them(told: Told) -> None:
    browser = new_member(told.owner, Role.DEVELOPER).browser()
    for name, args in (("webhooks_list", []), ("webhook_detail", [told.endpoint_id])):
        assert browser.get(reverse(name, args=args)).status_code == 403
    assert "Webhooks" not in _text(browser.get(reverse("home")))


def test_a_change_asks_for_the_passkey_again(told: Told) -> None:
    browser = signed_in(told.owner.user)
    browser.prove(told.owner.user, passkey_of(told.owner.user), ago=600)
    assert browser.get(reverse("webhook_detail", args=[told.endpoint_id])).status_code == 200
    answer = _post(browser, "webhook_test", told.endpoint_id)
    assert (answer.status_code, told.deliveries()) == (403, [])
    assert "passkey" in _text(answer)


def test_another_endpoints_delivery_is_not_found_under_this_one(browser: Browser, told: Told) -> None:
    told.emit()
    body = {"url": "https://x.example/", "events": ["key.created"], "description": ""}
    _post(browser, "webhook_create", **body)
    with org_scope(told.org_id):
        other = Endpoint.objects.exclude(id=told.endpoint_id).get()
    assert browser.get(reverse("webhook_delivery", args=[other.id, told.delivery().id])).status_code == 404
    assert _post(browser, "webhook_replay", other.id, told.delivery().id).status_code == 404


def test_the_list_asks_as_much_for_many_as_for_one(browser: Browser, told: Told) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get(reverse("webhook_detail", args=[told.endpoint_id]))
        return len(captured)

    told.emit()
    asked()  # what the first visit of a page looks up once
    one = asked()
    for number in range(30):
        told.emit(n=number)
    assert asked() == one


def _verified_by_the_example(example: str, secret: str, got: Got, shift: float = 0) -> bool:
    names: dict[str, object] = {}
    exec(example, names)
    names["time"] = SimpleNamespace(time=lambda: time.time() + shift)
    verified: bool = names["is_genuine"](secret, got.headers, got.body)  # type: ignore[operator]  # as the example says
    return verified


def test_the_example_in_python_verifies_what_we_send(browser: Browser, told: Told, receiver: Receiver) -> None:
    example = _snippet(browser, "python")
    told.emit(id="key_1")
    told.deliver()
    (got,) = receiver.got
    changed = Got(got.path, got.headers, got.body.replace(b"key_1", b"key_2"))
    assert _verified_by_the_example(example, told.secret, got)
    assert not _verified_by_the_example(example, told.secret, got, shift=301)
    assert not _verified_by_the_example(example, told.secret, changed)
    assert not _verified_by_the_example(example, "whsec_" + "AAAA" * 11, got)


def test_the_example_with_curl_sends_what_the_example_in_python_verifies(
    browser: Browser, told: Told, receiver: Receiver
) -> None:
    script = _snippet(browser, "curl").replace("whsec_…", told.secret).replace("http://localhost:3000", receiver.url)
    done = subprocess.run(["sh", "-c", script], capture_output=True, timeout=30, check=True)
    assert b"204" in done.stdout, done.stderr
    (got,) = receiver.got
    assert _verified_by_the_example(_snippet(browser, "python"), told.secret, got)
