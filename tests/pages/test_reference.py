"""The API reference: a search that works by its address alone, with or without script."""

import pytest
from django.test import Client

from accounts.templatetags.openapi import operations
from tests.pages.markup import Page

pytestmark = pytest.mark.django_db


def _read(words: str | None = None) -> Page:
    query = {} if words is None else {"q": words}
    return Page(Client().get("/docs/api", query).content.decode())


def _operations(page: Page) -> set[str]:
    return {each.attributes["id"] for each in page.all("section") if each.attributes.get("id", "").startswith("call-")}


def test_the_address_that_people_guess_leads_there() -> None:
    assert Client().get("/docs").headers["Location"] == "/docs/api"


def test_without_a_search_everything_is_there() -> None:
    assert len(_operations(_read())) > 5
    assert _operations(_read("")) == _operations(_read())


def test_a_search_finds_operations_by_path_and_fields_by_name() -> None:
    page = _read("moderations")
    assert len(_operations(page)) == 1
    assert page.problems() == []
    marked = [
        row.text.split()[0] for row in _read("reason_codes").all("tr") if row.attributes.get("class") == "is-meant"
    ]
    assert set(marked) == {"reason_codes"}


def test_every_member_of_the_main_call_says_what_it_means() -> None:
    [call] = [each for each in operations(Client().get("/openapi.json").json()) if each.path == "/v1/guard"]
    assert len(call.members) > 10
    assert [each.name for each in call.members if not each.text] == []


def test_every_word_has_to_be_met_and_case_does_not_matter() -> None:
    assert _operations(_read("GUARD texts")) <= _operations(_read("guard"))
    assert _operations(_read("guard nonsenseword")) == set()


@pytest.mark.parametrize("words", ["<script>alert()</script>", "\0nonsense", "x" * 5000, "\U0001f600", "%"])
def test_any_search_is_answered_safely(words: str) -> None:
    page = _read(words)
    assert page.problems() == []
    assert "Nothing matches" in page.source
