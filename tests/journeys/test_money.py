"""The journey of money on `make run`, in a real browser: trial, 3-D Secure, upgrade, cap, a failed payment, a dispute.

The clock is the simulated Stripe's; everything else is the product as it is started.
"""

import base64
import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django_otp.oath import totp
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config.local.product import Site, stripe_port
from tests.journeys.conftest import OPTIONS
from tests.journeys.test_assurance import AUTHENTICATOR
from tests.platform.running import House
from tests.platform.test_product import ask, product  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.processes]
DAY = 86_400
PATIENCE = 60_000  # milliseconds: a busy machine processes an event in seconds


@dataclass
class Stage:
    """The running product, its demonstration's people and the simulated Stripe's control."""

    house: House
    browser: Browser
    demo: dict[str, Any]
    stripe: str
    key: str

    @property
    def tenant(self) -> dict[str, Any]:
        tenant: dict[str, Any] = self.demo["organizations"][1]
        return tenant

    def enter(self, person: dict[str, Any]) -> Page:
        """Sign in with password and one-time code in a browser of one's own, and add a passkey."""
        context = self.browser.new_context(base_url=self.demo["base_url"], viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        page.goto("/accounts/login/")
        page.fill("input[name=login]", person["email"])
        page.fill("input[name=password]", person["password"])
        page.locator("form.form button[type=submit]").first.click()
        page.fill("input[name=code]", _code(person["totp_secret"]))
        page.locator("form button[type=submit]").first.click()
        expect(page.locator("input[name=code]")).to_have_count(0, timeout=PATIENCE)
        page.goto("/accounts/2fa/webauthn/add/")
        if page.locator("input[name=password]").count():  # allauth asks for it once more
            page.fill("input[name=password]", person["password"])
            page.locator("form.form button[type=submit]").first.click()
        page.fill("input[name=name]", "Laptop")
        page.click("#mfa_webauthn_add")
        page.wait_for_url(lambda url: not url.endswith("/add/"))
        page.wait_for_load_state()
        return page

    def call(self) -> int:
        """Call the guard as the tenant's application; return the status."""
        return ask(int(self.house.port), self.tenant["keys"]["developer"], "POST", "/v1/guard", {"input": "hello"})[0]

    def advance(self, seconds: int) -> None:
        """Move the simulated Stripe's clock."""
        request = urllib.request.Request(f"{self.stripe}/control/clock", json.dumps({"advance": seconds}).encode())
        request.add_header("Authorization", f"Bearer {self.key}")
        with urllib.request.urlopen(request, timeout=30):
            pass


def _code(secret: str) -> str:
    return f"{totp(base64.b32decode(secret + '=' * (-len(secret) % 8), casefold=True)):06d}"


@pytest.fixture
def stage(product: House, tmp_path: Path) -> Iterator[Stage]:  # noqa: F811 (the fixture of that name)
    var = tmp_path / "var"
    stripe = f"http://127.0.0.1:{stripe_port(Site(var, int(product.port), base_url=''))}"
    demo = json.loads((var / "demo.json").read_text())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        yield Stage(product, browser, demo, stripe, (var / "stripe-sandbox" / "key").read_text().strip())
        browser.close()


def test_from_a_trial_to_a_dispute_that_is_won(stage: Stage) -> None:
    owner = stage.enter(stage.tenant["people"][0])
    _begin_trial(owner)
    _upgrade(owner)
    _meet_the_cap(owner, stage)
    _let_the_payment_fail_and_confirm_it(owner, stage)
    _dispute_it(owner, stage)
    assert stage.call() == 402
    fiona, frank = (stage.enter(person) for person in stage.demo["finance"])
    pack = _prepare(fiona)
    _approve_and_submit(frank, pack)
    stage.advance(120)  # the simulated bank reads the evidence
    _until(owner, "/billing/frozen/", "No payment is disputed")
    assert stage.call() == 200


def _begin_trial(page: Page) -> None:
    """Fail 3-D Secure at Checkout, then pass it."""
    _open(page, "/plan/choose/?plan=team&interval=month")
    page.check("input[name=accept]")
    page.get_by_role("button", name="Begin the trial at Stripe").click()
    for outcome in ("No, refuse", "Yes, it is me"):
        page.check("input[value=pm_card_authenticationRequired]")
        page.get_by_role("button", name="Subscribe").click()
        page.get_by_role("button", name=outcome).click()
    expect(page.get_by_text("It is done")).to_be_visible(timeout=PATIENCE)
    _until(page, "/plan/", "On trial")


def _upgrade(page: Page) -> None:
    _open(page, "/plan/choose/?plan=business&interval=month")
    page.locator("main form button[type=submit]").last.click()
    _until(page, "/plan/", "Business, a month")


def _meet_the_cap(page: Page, stage: Stage) -> None:
    """Make a budget of three calls: the fourth is refused, and let through once the cap is raised."""
    _open(page, "/budgets/new/")
    page.select_option("select[name=unit]", "requests")
    page.select_option("select[name=period]", "total")
    page.fill("input[name=cap]", "3")
    page.get_by_role("button", name="Make budget").click()
    expect(page.get_by_role("link", name="Change")).to_be_visible()
    assert [stage.call() for _ in range(4)] == [200, 200, 200, 429]
    _open(page, f"{page.url}change/")
    page.fill("input[name=cap]", "50")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It counts with the next call")).to_be_visible()
    assert stage.call() == 200


def _let_the_payment_fail_and_confirm_it(page: Page, stage: Stage) -> None:
    """End the trial: the bank asks for the cardholder, who follows the banner and confirms."""
    stage.advance(14 * DAY + 2 * 3_600)
    _until(page, "/plan/", "Confirm the payment")
    page.get_by_role("link", name="Confirm the payment").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Confirm at the bank").click()
    bank = opened.value
    bank.locator("input[name=card]").first.check()
    bank.get_by_role("button", name=re.compile("Pay")).click()
    bank.get_by_role("button", name="Yes, it is me").click()
    bank.wait_for_url(re.compile("/invoice/"))
    bank.close()
    _until(page, "/plan/", "Active")


def _dispute_it(page: Page, stage: Stage) -> None:
    page.goto(stage.stripe)
    page.locator("select[name=reason]").first.select_option("fraudulent")
    page.get_by_role("button", name="Dispute", exact=True).first.click()
    _until(page, "/plan/", "The service is frozen")


def _prepare(page: Page) -> str:
    """Build a pack for the newest dispute; return its address once it is ready."""
    _open(page, "/desk/disputes/")
    page.locator("main tbody a").first.click()
    page.get_by_role("link", name="Build a pack").click()
    page.fill("main textarea", "winning_evidence")
    page.get_by_role("button", name="Build it").click()
    expect(page.get_by_text("Ready for approval")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("You prepared this pack")).to_be_visible()
    return page.url


def _approve_and_submit(page: Page, pack: str) -> None:
    _open(page, f"{pack}/approve")
    page.get_by_role("button", name="Approve with my passkey").click()
    page.get_by_role("button", name="Stage at Stripe").click()
    page.locator("dialog[open] button[type=submit]").click()
    _until(page, pack, "Staged at Stripe")
    page.get_by_role("button", name="Submit", exact=True).first.click()
    named = page.locator("dialog[open] label", has_text="to confirm").inner_text()
    page.fill("dialog[open] input[name=confirm]", re.findall(r"dp_\w+", named)[0])
    page.locator("dialog[open] button[type=submit]").click()
    _until(page, pack, "Submitted")


def _open(page: Page, address: str) -> None:
    """Open a page, and confirm with the passkey where it asks for it."""
    page.goto(address)
    passkey = page.get_by_role("button", name="Use a passkey")
    if passkey.count():
        passkey.click()
        expect(passkey).to_have_count(0, timeout=PATIENCE)


def _until(page: Page, address: str, text: str) -> None:
    """Look at a page again and again until it says `text`: what it shows comes by webhook."""
    for _ in range(PATIENCE // 1_000):
        _open(page, address)
        if page.locator("main").get_by_text(text).count():
            return
        page.wait_for_timeout(1_000)
    raise AssertionError(f"{address} never said {text!r}: {page.locator('main').inner_text()[:1000]}")
