"""A filter that makes no sense says so beside itself, and shows no rows that it did not narrow."""

import pytest
from django.urls import reverse

from tests.pages.markup import Page
from tests.people import Person

WRONG = [
    ("decisions_list", "action", "blocked"),
    ("decisions_list", "reason", "GRD-INJ-999"),
    ("decisions_list", "about", "nothing"),
    ("decisions_list", "principal", "x" * 41),
    ("decisions_list", "since", "yesterday"),
    ("decisions_list", "until", "2026-13-01"),
    ("events_list", "event", "accounts:key:eaten"),
    ("events_list", "actor", "x" * 121),
    ("events_list", "actor", "a\0b"),
    ("events_list", "since", "yesterday"),
    ("events_list", "until", "31.12.2026"),
    ("alerts_list", "state", "asleep"),
    ("alerts_list", "rule", "R99"),
    ("alerts_list", "severity", "dire"),
]


@pytest.mark.parametrize(("name", "field", "value"), WRONG)
def test_a_value_that_makes_no_sense_is_told_beside_its_field(olga: Person, name: str, field: str, value: str) -> None:
    olga.browser().post(reverse("playground"), {"text": "Hello."})
    answer = olga.browser().get(reverse(name), {field: value})
    assert answer.status_code == 400
    page = Page(answer.content.decode())
    [control] = [one for one in page.all("input", "select") if one.attributes.get("name") == field]
    assert control.attributes["aria-invalid"] == "true"
    [error] = [one for one in page.elements if one.attributes.get("id") == control.attributes["aria-describedby"]]
    assert error.text.strip()
    assert page.all("tbody") == []


@pytest.mark.parametrize("name", ["decisions_list", "events_list", "alerts_list"])
def test_a_filter_that_is_left_empty_narrows_nothing(olga: Person, name: str) -> None:
    fields = {field: "" for of, field, _ in WRONG if of == name}
    assert olga.browser().get(reverse(name), fields).status_code == 200


@pytest.mark.parametrize(("field", "value"), [(field, value) for name, field, value in WRONG if name == "events_list"])
def test_a_file_of_the_audit_log_names_what_is_wrong(olga: Person, field: str, value: str) -> None:
    answer = olga.browser().get(reverse("events_export"), {field: value})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain")
    assert field in answer.content.decode()
