"""Acme as a customer of the simulated Stripe, which has our plans; people go through Stripe's pages by clicking."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import pytest
from django.urls import reverse

from billing.catalogue.models import Interval
from billing.catalogue.stripe_prices import sync
from billing.processor.client import client
from billing.subscriptions.entitling import current, held_plan
from billing.subscriptions.models import SubscriptionState, Trial
from tenants.scope import org_scope
from tests.billing.peer import Peer, stripe  # noqa: F401 (a fixture)
from tests.billing.sandbox.shop import ask
from tests.people import Browser, Person

DAY = 86_400


@dataclass
class Customer:
    """A person of an organisation that buys, with their browser and the simulated Stripe."""

    person: Person
    peer: Peer
    browser: Browser

    def get(self, name: str) -> str:
        """Return a page's text."""
        return self.browser.get(reverse(name)).content.decode()

    def offered(self, code: str, interval: str = "month") -> str:
        """Return the text of the page on which a plan is chosen."""
        return self.browser.get(choice(code, interval)).content.decode()

    def choose(self, code: str, interval: Interval = Interval.MONTH, **said: str) -> tuple[int, str]:
        """Take the offer of a plan's page; return the status and where it leads."""
        address = choice(code, interval.value)
        page = self.browser.get(address)
        assert page.status_code == 200, page.headers
        found = re.search(r'name="offer" value="([^"]+)"', page.content.decode())
        assert found is not None
        response = self.browser.post(address, {"offer": found[1], "accept": "on", **said})
        return response.status_code, response.headers.get("Location", "")

    def post(self, name: str) -> str:
        """Send a page's button; return where it leads."""
        response = self.browser.post(reverse(name))
        assert response.status_code == 302, response.content
        return response.headers["Location"]

    def pay(self, checkout: str, card: str = "pm_card_visa") -> str:
        """Choose a card at Checkout; return where that leads: back to us, or to the bank."""
        status, sent, body = click(self.peer, checkout, card=card)
        assert status in {303, 402}, body
        return sent.get("Location", "")

    def bank(self, page: str, outcome: str) -> None:
        """Pass or fail the bank's page, and go back to Checkout."""
        _, sent, _ = click(self.peer, page, outcome=outcome)
        ask(self.peer.sandbox, "GET", urlsplit(sent["Location"]).path)

    def row(self) -> SubscriptionState:
        with org_scope(self.person.organization.id):
            found = current()
        assert found is not None
        return found

    def stripe_plan(self) -> str:
        """Return the plan that Stripe has."""
        plan = self.row().plan
        return plan.code if plan else ""

    def next_plan(self) -> str:
        """Return the smaller plan that is planned."""
        plan = self.row().next_plan
        return plan.code if plan else ""

    def plan(self) -> str:
        """Return the plan whose limits count."""
        with org_scope(self.person.organization.id):
            return held_plan().code

    def trial(self) -> Trial:
        with org_scope(self.person.organization.id):
            return Trial.objects.all()[:1].get()  # type: ignore[no-any-return]  # no row type

    def standing(self) -> str:
        """Return ``active``, or what keeps the organisation shut."""
        with org_scope(self.person.organization.id):
            return type(self.person.organization).objects.get().standing


def choice(code: str, interval: str = "month") -> str:
    """Return the address of the page on which a plan is chosen."""
    return f"{reverse('plan_choose')}?plan={code}&interval={interval}"


def click(peer: Peer, page: str, **form: str) -> tuple[int, dict[str, str], str]:
    """Send a form of the simulated Stripe's."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": peer.sandbox.url}
    status, sent, body = ask(peer.sandbox, "POST", urlsplit(page).path, urlencode(form).encode(), headers)
    return status, sent, body.decode()


Buyer = Callable[..., Customer]


@pytest.fixture
def buyer(stripe: Peer) -> Buyer:  # noqa: F811 (the fixture)
    """Makes customers of the simulated Stripe, which sells our plans."""
    sync(client())

    def made(person: Person) -> Customer:
        return Customer(person, stripe, person.browser())

    return made


@pytest.fixture
def acme(olga: Person, buyer: Buyer) -> Customer:
    return buyer(olga)
