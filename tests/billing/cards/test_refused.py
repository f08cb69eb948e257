"""A card number is refused wherever something would be stored: in forms, in bodies of the API, in rows."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import ApiKey
from audit.events import Event
from audit.models import AuditEvent, Decision
from audit.record import Actor, record_event
from billing.cards.detector import find_pans
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.webhooks.models import Endpoint
from tests.api.conftest import Application
from tests.billing.cards.planted import PLANTED, VISA
from tests.people import PASSWORD, Person, new_client, new_person
from tests.permissions.test_table import PAGES, _url

ALLOWED = {"playground"}
NEW_KEY = {"environment": "test", "scopes": "guard:check", "lifetime": "90", "requests_per_minute": "60"}


def _events(person: Person) -> list[AuditEvent]:
    with org_scope(person.organization.id):
        return list(AuditEvent.objects.filter(event=Event.CARD_REFUSED.value))


def _told(person: Person) -> str:
    """Return everything that was recorded of the organisation."""
    with org_scope(person.organization.id):
        rows = [*AuditEvent.objects.values(), *Decision.objects.values()]
    return str(rows)


def _holds(said: str, form: str) -> bool:
    """Tell whether a planted number stands in what was said, whose random ids may look like other cards' numbers."""
    text, last_four = PLANTED[form]
    return text in said or last_four in {span.last_four for span in find_pans(said)}


@pytest.mark.parametrize("form", PLANTED)
def test_a_form_is_refused_by_the_name_of_its_field(olga: Person, form: str) -> None:
    text, _ = PLANTED[form]
    answer = olga.browser().post(reverse("key_create"), {**NEW_KEY, "name": text})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The field “name” holds a card number" in page
    assert not _holds(page, form)
    with org_scope(olga.organization.id):
        assert not ApiKey.objects.exists()
    (event,) = _events(olga)
    assert (event.target, event.detail, event.actor_id) == ("page/key_create", {"field": "name"}, str(olga.user.pk))
    assert not _holds(_told(olga), form)


@pytest.mark.parametrize("name", sorted(set(PAGES) - ALLOWED))
def test_no_page_takes_one_in_a_field_it_may_not_even_know(olga: Person, name: str) -> None:
    answer = olga.browser().post(_url(name), {"whatever": f"card:{VISA}"})
    assert answer.status_code == 422
    assert VISA not in answer.content.decode()
    assert len(_events(olga)) == 1


def test_a_field_is_not_named_by_the_digits_in_its_name(olga: Person) -> None:
    answer = olga.browser().post(reverse("key_create"), {VISA: "x"})
    assert answer.status_code == 422
    assert "[card …4242]" in answer.content.decode()
    assert VISA not in answer.content.decode()
    assert VISA not in _told(olga)


def test_the_playground_takes_one_for_the_guard_judges_it(olga: Person) -> None:
    answer = olga.browser().post("/playground/", {"text": f"my card {VISA}"})
    assert answer.status_code == 200
    assert _events(olga) == []
    assert VISA not in _told(olga)
    assert olga.browser().post("/playground/", {"text": "x", "shadow": VISA}).status_code == 422


def test_a_password_is_not_read(db: None) -> None:
    user = new_person("new@nowhere.example", "New")
    user.set_password(VISA)
    user.save()
    answer = new_client().post(reverse("account_login"), {"login": user.email, "password": VISA})
    assert answer.status_code == 302


def test_who_is_nobody_yet_is_refused_too(db: None) -> None:
    answer = new_client().post(reverse("account_signup"), {"email": f"{VISA}@x.example", "password1": PASSWORD})
    assert answer.status_code == 422
    assert VISA not in answer.content.decode()


def test_a_browser_that_calls_itself_one_is_kept_without_it(olga: Person) -> None:
    client = new_client(**{"user-agent": f"Mozilla {VISA}"})
    answer = client.post(reverse("account_login"), {"login": olga.user.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert VISA not in _told(olga)


BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "a label": ({"input": "x", "metadata": {"order": f"card:{VISA}"}}, "#/metadata/order"),
    "a label that is a number": ({"input": "x", "metadata": {"order": int(VISA)}}, "#/metadata/order"),
    "the name of a label": ({"input": "x", "metadata": {f"n {VISA}": 1}}, "#/metadata"),
    "the id of a document": ({"input": "x", "documents": [{"id": VISA, "text": "y"}]}, "#/documents/0/id"),
    "the name of a model": ({"input": "x", "model": VISA}, "#/model"),
    "a tool's name in a call": (
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": VISA}}]}]},
        "#/messages/0/tool_calls/0/function/name",
    ),
    "a number in a tool": ({"input": "x", "tools": [{"default": int(VISA)}]}, "#/tools/0/default"),
    "a member that is not used": (
        {"messages": [{"role": "user", "content": "x", "name": VISA}]},
        "#/messages/0/name",
    ),
}


@pytest.mark.parametrize("where", BODIES)
def test_a_body_is_refused_by_a_pointer(olga: Person, app: Application, where: str) -> None:
    body, pointer = BODIES[where]
    answer = app.post("/v1/guard", body)
    assert answer.status_code == 400
    told = answer.json()
    assert (told["error"]["code"], told["errors"][0]["pointer"]) == ("BIL-PAN-001", pointer)
    assert VISA not in answer.content.decode()
    (event,) = _events(olga)
    assert event.detail == {"fields": [pointer]}
    assert event.decision_id == told["error"]["decision_id"]
    assert VISA not in _told(olga)
    with org_scope(olga.organization.id):
        assert Decision.objects.get(id=event.decision_id).action == "deny"


@pytest.mark.parametrize("form", PLANTED)
def test_in_a_label_it_is_refused_however_it_is_written(olga: Person, app: Application, form: str) -> None:
    text, _ = PLANTED[form]
    answer = app.post("/v1/guard", {"input": "x", "metadata": {"note": text}})
    assert answer.status_code == 400
    assert not _holds(answer.content.decode(), form)
    assert not _holds(_told(olga), form)


JUDGED: dict[str, tuple[str, dict[str, Any]]] = {
    "input": ("/v1/guard", {"input": [f"card {VISA}"]}),
    "content": ("/v1/guard", {"messages": [{"role": "user", "content": [{"type": "text", "text": VISA}]}]}),
    "arguments": (
        "/v1/guard",
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "pay", "arguments": VISA}}]}]},
    ),
    "document": ("/v1/guard", {"input": "x", "documents": [{"id": "d", "text": VISA}]}),
    "tool": ("/v1/guard", {"input": "x", "tools": [{VISA: {"description": VISA}}]}),
    "moderation": ("/v1/moderations", {"input": [VISA, {"type": "text", "text": VISA}]}),
}


@pytest.mark.parametrize("where", JUDGED)
def test_in_what_the_guard_judges_it_is_the_guards_matter(olga: Person, app: Application, where: str) -> None:
    path, body = JUDGED[where]
    answer = app.post(path, body)
    assert answer.status_code == 200, answer.content
    assert _events(olga) == []
    assert VISA not in _told(olga)


def test_other_operations_take_none_either(olga: Person, app: Application) -> None:
    decided = app.post("/v1/guard", {"input": "Good morning."}).json()["decision_id"]
    answer = app.post(f"/v1/decisions/{decided}/report", {"expected_action": "block", "comment": f"it had {VISA}"})
    assert answer.status_code == 400
    assert VISA not in answer.content.decode()
    assert len(_events(olga)) == 1


def test_a_request_cannot_be_named_by_one(olga: Person, app: Application) -> None:
    answer = app.post("/v1/guard", {"input": "x"}, **{"x-request-id": VISA})
    assert answer.headers["x-request-id"] != VISA
    assert VISA not in _told(olga)


def test_a_row_is_not_saved_by_code_that_forgets(in_acme: Person) -> None:
    organization = Organization.objects.get()
    organization.name = f"Acme {VISA}"
    with pytest.raises(ValidationError) as wrong:
        organization.save()
    assert list(wrong.value.message_dict) == ["name"]
    assert VISA not in str(wrong.value)
    with pytest.raises(ValidationError):
        Endpoint.objects.create(url="https://x.example/", description="x", events=[VISA], created_by="x")
    assert not Endpoint.objects.exists()


def test_the_record_keeps_its_rows_without_the_digits(in_acme: Person) -> None:
    actor = Actor("person", "p", f"Pat {VISA}")
    record_event(Event.KEY_CREATED, actor, VISA, f"key {VISA}", fields=[VISA, f"x {VISA}"])
    event = AuditEvent.objects.get(actor_id="p")
    assert (event.actor_label, event.target_label) == ("Pat [card …4242]", "key [card …4242]")
    assert event.detail == {"fields": ["[card …4242]", "x [card …4242]"]}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the product's own log handler writes."""
    [handler] = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    stream = io.StringIO()
    former = handler.setStream(stream)
    yield stream
    handler.setStream(former)


@pytest.mark.parametrize("form", PLANTED)
def test_g01_no_log_has_more_than_the_last_four_digits(written: io.StringIO, form: str) -> None:
    text, last_four = PLANTED[form]
    log = logging.getLogger("tests.cards")
    log.warning("plain %s", text)
    log.warning("extra", extra={"value": text, "deep": {text: [text, {"x": text}]}})
    structlog.get_logger("tests.cards").warning(text, **{"value": text})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")
    lines = written.getvalue()
    assert lines.count(f"[card \\u2026{last_four}]") + lines.count(f"[card …{last_four}]") >= 7
    assert find_pans(lines.encode().decode("unicode_escape")) == []


def test_g01_a_number_is_masked_as_a_text_is(written: io.StringIO) -> None:
    logging.getLogger("tests.cards").warning("n", extra={"n": int(VISA), "f": float(VISA), "t": 1_764_446_400_123})
    assert "424242424242" not in written.getvalue()
    assert "1764446400123" in written.getvalue()


def test_g01_what_is_refused_is_in_no_log(olga: Person, app: Application, written: io.StringIO) -> None:
    for text, _ in PLANTED.values():
        olga.browser().post(reverse("organization_create"), {"name": text})
        app.post("/v1/guard", {"input": text, "metadata": {"note": text}})
        olga.browser().get(reverse("decisions_list"), {"principal": text})
    assert "a card number was refused" in written.getvalue()
    assert find_pans(written.getvalue().encode().decode("unicode_escape")) == []
