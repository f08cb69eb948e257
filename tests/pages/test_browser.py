"""Every app page in a real browser: both themes, wide and narrow, under the product's own content security policy.

``TIDEGATE_SHOTS=/some/folder pytest tests/pages/test_browser.py`` keeps a picture of each.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.pages import drawing

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.pages.urls")]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOTS = os.environ.get("TIDEGATE_SHOTS", "")
WIDTHS = (1280, 390)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Serve the sample pages on localhost."""
    with django_db_blocker.unblock(), override_settings(ALLOWED_HOSTS=["localhost"]):
        thread = LiveServerThread("localhost", StaticFilesHandler)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        yield f"http://localhost:{thread.port}"
        thread.terminate()


@pytest.fixture(scope="module")
def browser(site: str) -> Iterator[Browser]:
    """Start Chromium, after the site: Playwright's loop runs in this thread, where Django then asks no database."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page that fails the test at its end when the browser complained, as it does of a broken policy."""
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.text} {message.location}")

    opened.on("console", listen)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def pictures(page: Page, name: str) -> None:
    """Keep the page as it looks in both themes, where pictures are wanted."""
    for theme in ("light", "dark") if SHOTS else ():
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.screenshot(path=Path(SHOTS) / f"{name}-{theme}.png", full_page=True)


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("template", drawing.PAGES)
def test_a_page_fits_the_window(page: Page, template: str) -> None:
    page.goto(f"/sample/{template}")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) == 0, width
        pictures(page, f"{template.replace('/', '-').removesuffix('.html')}-{width}")


@pytest.mark.parametrize("template", drawing.PAGES)
def test_axe_finds_nothing_on_a_page(page: Page, template: str) -> None:
    """axe-core's rules (WCAG 2.2 A and AA, good practice) in both themes: contrast as it is drawn, names, roles."""
    page.goto(f"/sample/{template}")
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        violations = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == [], theme


@pytest.mark.parametrize("template", drawing.EMPTY)
def test_an_empty_page_fits_the_window(page: Page, template: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/sample/{template}?empty")
    assert overflow(page) == 0
    pictures(page, f"{template.replace('/', '-').removesuffix('.html')}-empty")


def test_a_chosen_theme_stays_and_the_system_rules_without_one(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/sample/home.html")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click(".person summary")
    page.click("text=Dark")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.click(".person summary")
    page.click("text=Auto")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_the_keyboard_reaches_the_content_first_and_the_search_by_slash(page: Page) -> None:
    page.goto("/sample/accounts/keys_list.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_a_destructive_act_waits_for_the_name(page: Page) -> None:
    page.goto("/sample/accounts/key_detail.html")
    page.click("text=Revoke")
    act = page.locator("#revoke button[type=submit]")
    assert act.get_attribute("aria-disabled") == "true"
    page.keyboard.type("Backend servic")
    assert act.get_attribute("aria-disabled") == "true"
    page.keyboard.type("e")
    assert act.get_attribute("aria-disabled") == "false"
    page.keyboard.press("Escape")
    assert not page.locator("#revoke").is_visible()


def test_a_secret_is_copied_and_the_snippet_has_tabs(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/sample/accounts/key_created.html")
    page.click(".secret .copy")
    page.wait_for_selector(".secret .copy[data-copied]")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#secret-value")
    assert not page.locator("#first-call-python").is_visible()
    page.focus("#first-call-tab-curl")
    page.keyboard.press("ArrowRight")
    assert page.locator("#first-call-python").is_visible()


def test_the_rail_opens_on_a_narrow_screen(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/sample/home.html")
    assert not page.locator("#rail").is_visible()
    page.click(".bar-toggle")
    assert page.locator("#rail").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#rail").is_visible()


def test_menus_close_on_escape_and_give_the_focus_back(page: Page) -> None:
    page.goto("/sample/home.html")
    page.click(".person summary")
    assert page.locator("text=Sign out").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("text=Sign out").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
