"""A person at a real browser, with a passkey that Chromium keeps for them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.committed import *  # noqa: F403 (fixtures)
from tests.server import WebServer

OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def browser_page(request: pytest.FixtureRequest, server: WebServer) -> Iterator[Page]:
    """A page whose console must stay silent: a refused script or a failed request would show there.

    A test that is refused on purpose says so: ``@pytest.mark.browser(says="403")``.
    """
    marker = request.node.get_closest_marker("browser")
    expected: str = marker.kwargs.get("says", "") if marker else ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        browser.close()
    assert [text for text in said if not expected or expected not in text] == []


@pytest.fixture
def passkey(browser_page: Page) -> None:
    """Give the browser an authenticator that verifies its user, as a phone or laptop has."""
    session = browser_page.context.new_cdp_session(browser_page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
