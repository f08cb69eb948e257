"""Single sign-on in a real browser: an admin connects both kinds of provider, new people come in through each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

from accounts.sso import domains
from accounts.sso.models import ProvedDomain, domain_hash
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.sso.openid_peer import OpenIdPeer, acme_idp  # noqa: F401 (a fixture)
from tests.accounts.sso.saml_peer import SamlPeer, encoded, saml_idp  # noqa: F401
from tests.committed import new_owner
from tests.people import Person
from tests.server import WebServer

pytestmark = [pytest.mark.browser, pytest.mark.openid, pytest.mark.saml]


@dataclass(frozen=True, slots=True)
class Cast:
    """An owner with a proved domain, and the cookie of their session, in which they used their passkey just now."""

    owner: Person
    domain: str
    cookie: str


@pytest.fixture
def cast(committed: None) -> Cast:
    """Made before the browser: while one is open, Django refuses this thread the database."""
    owner = new_owner()
    name = owner.user.email.partition("@")[2]
    with org_scope(owner.organization.id):
        domain = domains.add(owner.may(Permission.SSO_CHANGE), name)
        ProvedDomain.objects.create(domain=domain, hash=domain_hash(name))
    return Cast(owner, name, owner.browser().cookies[settings.SESSION_COOKIE_NAME].value)


def test_an_admin_connects_openid_connect_and_a_new_person_comes_in(
    cast: Cast,
    server: WebServer,
    browser_page: Page,
    acme_idp: OpenIdPeer,  # noqa: F811 (the fixture)
) -> None:
    page = browser_page
    acme_idp.asserts(f"o-{cast.domain}", email=f"ann@{cast.domain}", name="Ann Arrival", groups=["engineers"])
    _no_further(page, acme_idp)
    _begin(page, server, cast, "OpenID Connect", "Acme OpenID")
    client_id, secret = acme_idp.register(_copied(page, "Redirect URI"))
    page.fill("input[name=address]", acme_idp.issuer)
    page.fill("input[name=client_id]", client_id)
    page.fill("input[name=client_secret]", secret)
    page.get_by_role("button", name="Read and pin").click()
    _map_roles(page)
    page.get_by_role("link", name="Test sign-in").click()
    _at_openid(page, f"o-{cast.domain}")
    way_in = _enable(page)
    with _somebody_new(page, server) as theirs:
        theirs.goto(way_in)
        theirs.get_by_role("link", name="Continue with").click()
        _at_openid(theirs, f"o-{cast.domain}")
        assert _headings(theirs) == [cast.owner.organization.name]
        _shows_the_way_in(theirs)


def test_an_admin_connects_saml_and_a_new_person_comes_in(
    cast: Cast,
    server: WebServer,
    browser_page: Page,
    saml_idp: SamlPeer,  # noqa: F811 (the fixture)
) -> None:
    page = browser_page
    _begin(page, server, cast, "SAML 2.0", "Acme SAML")
    page.fill("textarea[name=document]", saml_idp.metadata())
    address = _copied(page, "Our metadata")
    page.get_by_role("button", name="Read and pin").click()
    saml_idp.knows(page.request.get(address).text())
    _map_roles(page)
    _answers_for(page, saml_idp, cast)
    page.get_by_role("link", name="Test sign-in").click()
    way_in = _enable(page)
    with _somebody_new(page, server) as theirs:
        _answers_for(theirs, saml_idp, cast)
        theirs.goto(way_in)
        theirs.get_by_role("link", name="Continue with").click()
        assert _headings(theirs) == [cast.owner.organization.name]
        _shows_the_way_in(theirs)


def _begin(page: Page, server: WebServer, cast: Cast, kind: str, name: str) -> None:
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cast.cookie, "url": server.url}])
    page.goto("/sso/")
    expect(page.get_by_text("Proved", exact=True)).to_be_visible()
    page.get_by_role("link", name="Connect a provider").click()
    page.get_by_label(kind).check()
    page.fill("input[name=name]", name)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/provider")


def _map_roles(page: Page) -> None:
    """Say who gets which role, look at it first, and save."""
    page.wait_for_url("**/roles")
    page.fill("textarea[name=role_map]", "engineers = developer")
    page.fill("input[name=preview]", "engineers")
    page.get_by_role("button", name="Show the role").click()
    expect(page.get_by_text("For somebody in engineers. Nothing was saved.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/test")


def _no_further(page: Page, peer: OpenIdPeer) -> None:
    """The provider's pages ask a third host for a font, and for an icon that is not there: neither is of interest."""
    nothing = re.compile(rf"^(?!http://localhost:)|^{re.escape(peer.issuer)}/favicon")
    page.route(nothing, lambda route: route.fulfill(body=""))


def _at_openid(page: Page, subject: str) -> None:
    """Fill in the provider's own development pages: who one is, then that the client may know."""
    page.fill("input[name=login]", subject)
    page.fill("input[name=password]", "x")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def _answers_for(page: Page, peer: SamlPeer, cast: Cast) -> None:
    """Let the provider's address, which is another site's, answer with its signed form, as its page would."""

    def answer(route: Route) -> None:
        request = peer.request_in(route.request.url)
        said: dict[str, Any] = {"mail": f"sam@{cast.domain}", "displayName": "Sam Saml", "groups": ["engineers"]}
        signed = encoded(peer.answer(request, f"s-{cast.domain}", **said))
        form = (
            f'<!doctype html><title>IdP</title><link rel="icon" href="data:,">'
            f'<form method="post" action="{request.assertion_consumer_service_url}">'
            f'<input type="hidden" name="SAMLResponse" value="{signed}"></form>'
            "<script>document.forms[0].submit()</script>"
        )
        route.fulfill(content_type="text/html", body=form)

    host = urlsplit(peer.entity_id).hostname
    page.route(re.compile(rf"^https://{host}/sso\?"), answer)


def _enable(page: Page) -> str:
    """Enable the connection that was tried; return the sign-in address that people are given."""
    page.wait_for_url("**/test")
    expect(page.get_by_text("would get a new account, bound to this subject.")).to_be_visible()
    page.get_by_role("button", name="Enable this connection").click()
    expect(page.locator("body")).to_contain_text("Enabled")
    return _copied(page, "Sign-in address")


def _copied(page: Page, name: str) -> str:
    """Return the address that a person copies to the provider from under `name`."""
    shown = page.locator("dt", has_text=name).locator("xpath=following-sibling::dd[1]")
    found = re.search(r"http\S+", shown.inner_text())
    assert found is not None
    return found[0]


@contextmanager
def _somebody_new(page: Page, server: WebServer) -> Iterator[Page]:
    """A browser of somebody else's, who was never here."""
    assert page.context.browser is not None
    context = page.context.browser.new_context(base_url=server.url)
    yield context.new_page()
    context.close()


def _headings(page: Page) -> list[str]:
    """Return the titles of the page that a way in leads to: of home, the organisation's name."""
    page.wait_for_url(re.compile(r"^http://localhost:\d+/$"))
    return page.get_by_role("heading", level=1).all_inner_texts()


def _shows_the_way_in(page: Page) -> None:
    page.goto("/security/")
    expect(page.locator("body")).to_contain_text("This session: single sign-on only")
    expect(page.locator("body")).to_contain_text("Bound")
    page.goto("/members/")
    expect(page.locator("body")).to_contain_text("Single sign-on")
