"""Requests for a part of a page that go wrong: the part itself says what happened and what to do (htmx)."""

import pytest
from django.test import Client
from django.urls import reverse

from promptguard.views import playground
from tenants.permissions import Role
from tests.pages.markup import Page
from tests.people import Person, join

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/playground/?example=3"}
TEXT = {"text": "hello"}


def _part(client: Client, url: str = "/playground/", status: int = 200) -> Page:
    client.raise_request_exception = False
    response = client.post(url, TEXT, headers=HTMX)
    assert response.status_code == status
    assert "<html" not in response.content.decode()
    page = Page(response.content.decode())
    assert page.broken == []
    return page


def _says(page: Page, words: str) -> None:
    [alert] = [each for each in page.all("div") if each.attributes.get("role") == "alert"]
    assert words in alert.text


def test_an_ended_session_leads_the_window_to_the_sign_in_and_back(db: None) -> None:
    response = Client().post("/playground/", TEXT, headers=HTMX)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/accounts/login/?next=%2Fplayground%2F%3Fexample%3D3"
    assert b"Sign in again" in response.content


def test_a_page_that_fails_names_the_request(max_: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playground, "PlaygroundForm", None)
    client = max_.browser()
    client.raise_request_exception = False
    response = client.get(reverse("playground"))
    assert response.status_code == 500
    assert response.headers["x-request-id"] in response.content.decode()


def test_a_form_whose_cookies_are_gone_leads_to_the_sign_in_too(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/playground/", TEXT, headers=HTMX)
    assert (response.status_code, response.headers["HX-Redirect"][:16]) == (401, "/accounts/login/")


def test_the_address_to_come_back_to_is_one_of_ours(db: None) -> None:
    elsewhere = HTMX | {"HX-Current-URL": "https://evil.example/playground/"}
    response = Client().post("/playground/", TEXT, headers=elsewhere)
    assert response.headers["HX-Redirect"] == "/accounts/login/?next=%2F"


def test_a_refusal_says_whom_to_ask(olga: Person) -> None:
    viewer = join(olga.organization, "v@acme.example", "V", Role.VIEWER)
    _says(_part(viewer.browser(), status=403), "ask an administrator")


def test_what_is_gone_is_said_to_be(olga: Person) -> None:
    _says(_part(olga.browser(), "/keys/nope", 404), "Reload the page")


def test_a_failure_of_ours_keeps_what_was_typed(olga: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playground, "EXAMPLES", None)
    page = _part(olga.browser(), status=500)
    _says(page, "what you typed is still here")
    assert "req_" in page.source


def test_an_old_form_is_told_to_reload(olga: Person) -> None:
    client = olga.browser(enforce_csrf_checks=True)
    _says(_part(client, status=403), "Reload the page")


def test_a_whole_page_keeps_its_error_page(olga: Person) -> None:
    answer = olga.browser().get("/keys/nope")
    assert answer.status_code == 404
    assert b"<html" in answer.content


def test_pages_let_errors_be_put_in_place(olga: Person) -> None:
    assert b'"code": "[45]..", "swap": true' in olga.browser().get(reverse("playground")).content
