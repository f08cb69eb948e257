"""Every app page, drawn with its sample: sound markup, no inline code, everything named."""

import pytest
from django.test import RequestFactory

from tests.pages import drawing
from tests.pages.markup import Page
from tests.pages.rows import TEXT

pytestmark = pytest.mark.urls("tests.pages.urls")


def draw(template: str, query: str = "", empty: bool = False) -> Page:
    return Page(drawing.page(RequestFactory().get(f"/{query}"), template, empty))


@pytest.mark.parametrize("template", drawing.PAGES)
def test_a_page_is_sound(template: str) -> None:
    assert draw(template).problems() == []


@pytest.mark.parametrize("template", drawing.EMPTY)
def test_a_page_with_nothing_in_it_is_sound_and_says_what_to_do(template: str) -> None:
    page = draw(template, empty=True)
    assert page.problems() == []
    assert any(name in element.attributes.get("class", "") for element in page.elements for name in ("empty", "card"))


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_the_environment_is_marked_by_word_and_on_the_body(environment: str) -> None:
    page = draw("home.html", f"?environment={environment}")
    assert f"is-{environment}" in page.all("body")[0].attributes["class"]
    assert environment.capitalize() in page.all("header")[0].text


def test_the_playground_draws_findings_into_the_text_and_escapes_it() -> None:
    page = draw("promptguard/playground.html")
    marks = page.all("mark")
    assert [mark.attributes["class"].split()[-1] for mark in marks] == ["span-block", "span-redact", "span-quarantine"]
    assert marks[1].text.startswith("jane.doe@example.com")
    assert "&lt;b&gt;now&lt;/b&gt;" in page.source
    assert "<b>now</b>" in TEXT


def test_the_current_area_is_the_only_one_marked() -> None:
    current = [
        e for e in draw("home.html").all("a") if "rail-link" in e.attributes["class"] and "aria-current" in e.attributes
    ]
    assert [e.text.strip() for e in current] == ["Home"]


def test_revoking_a_key_asks_for_its_name() -> None:
    inputs = [e for e in draw("accounts/key_detail.html").all("input") if "data-confirm" in e.attributes]
    assert [e.attributes["data-confirm"] for e in inputs] == ["Backend service"]
    assert inputs[0].around[-1].tag != "body"


def test_filters_survive_turning_the_page() -> None:
    links = [
        e.attributes["href"]
        for e in draw("promptguard/decisions_list.html", "?action=block").all("a")
        if e.attributes.get("rel") == "next"
    ]
    assert links == ["?action=block&cursor=abc"]
