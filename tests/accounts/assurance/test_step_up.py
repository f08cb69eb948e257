"""Confirming with a passkey: what asks for it, what it is worth, and that the form's input survives it."""

import json
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey
from audit.models import Decision
from audit.reasons import Reason
from tenants.models import Invitation, Membership
from tenants.permissions import Permission, Role
from tenants.scope import org_scope
from tests.accounts.assurance.ceremony import challenge_of, confirmed_with
from tests.authenticators import SoftwarePasskey
from tests.people import Browser, Person, join, passkey_of, signed_in

KEY = {
    "name": "Checkout",
    "environment": "test",
    "scopes": ["guard:check"],
    "lifetime": "90",
    "requests_per_minute": 60,
}
LONG_AGO = 301


@pytest.fixture
def passkey(olga: Person) -> SoftwarePasskey:
    made = SoftwarePasskey()
    passkey_of(olga.user, made)
    return made


@pytest.fixture
def browser(olga: Person, passkey: SoftwarePasskey) -> Browser:
    """Olga, whose passkey was used more than five minutes ago."""
    client = signed_in(olga.user)
    client.prove(olga.user, passkey_of(olga.user), ago=LONG_AGO)
    return client


def _key_names(person: Person) -> list[str]:
    with org_scope(person.organization.id):
        return list(ApiKey.objects.values_list("name", flat=True))


def test_a_page_that_asks_for_it_leads_there_and_back(browser: Browser, passkey: SoftwarePasskey) -> None:
    asked = browser.get(reverse("key_create"))
    assert asked.headers["Location"] == "/confirm/passkey?next=%2Fkeys%2Fnew"
    page = browser.get(asked.headers["Location"])
    answer = passkey.answer(challenge_of(page))
    back = browser.post("/confirm/passkey", {"passkey": confirmed_with(answer), "next": "/keys/new"})
    assert back.headers["Location"] == "/keys/new"
    assert browser.get("/keys/new").status_code == 200


def test_a_refused_form_is_kept_and_sent_again_with_the_passkey(
    olga: Person, browser: Browser, passkey: SoftwarePasskey
) -> None:
    refused = browser.post(reverse("key_create"), KEY)
    assert refused.status_code == 403
    assert _key_names(olga) == []
    page = refused.content.decode()
    kept = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)}
    assert kept["name"] == "Checkout"
    assert f'action="{reverse("key_create")}"' in page
    kept["passkey"] = confirmed_with(passkey.answer(challenge_of(refused)))
    assert browser.post(reverse("key_create"), kept).status_code == 200
    assert _key_names(olga) == ["Checkout"]


def test_the_refusal_is_recorded_with_its_reason(olga: Person, browser: Browser) -> None:
    browser.post(reverse("key_create"), KEY)
    with org_scope(olga.organization.id):
        decision = Decision.objects.get(action="deny")
    assert decision.reason_codes == [Reason.STEP_UP_REQUIRED.value]
    assert decision.permission == Permission.KEYS_CREATE.value


def test_a_form_sent_as_a_part_is_told_to_go_by_the_window(browser: Browser) -> None:
    answer = browser.post(
        reverse("key_create"), KEY, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/keys/new"}
    )
    asked = json.loads(answer.headers["HX-Trigger"])["passkey:ask"]
    assert asked == {"url": "/confirm/passkey?next=%2Fkeys%2Fnew"}
    assert (answer.content, answer.headers["HX-Reswap"]) == (b"", "none")


def test_a_part_that_is_only_looked_at_leads_the_window_and_back(browser: Browser) -> None:
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/keys/new"}
    assert browser.get(reverse("key_create"), headers=here).headers["HX-Redirect"].endswith("?next=%2Fkeys%2Fnew")


def test_the_page_that_holds_what_was_typed_is_kept_nowhere(olga: Person, browser: Browser) -> None:
    page = browser.post(reverse("key_create"), KEY)
    assert page.headers["Cache-Control"] == "no-store"
    assert "Checkout" not in str(dict(browser.session.items()))


def test_a_wrong_answer_keeps_the_form_and_changes_nothing(
    olga: Person, browser: Browser, passkey: SoftwarePasskey
) -> None:
    refused = browser.post(reverse("key_create"), KEY)
    passkey.origin = "https://evil.example"
    wrong = confirmed_with(passkey.answer(challenge_of(refused)))
    again = browser.post(reverse("key_create"), {**KEY, "passkey": wrong})
    assert again.status_code == 403
    assert "did not answer as it should" in again.content.decode()
    assert 'value="Checkout"' in again.content.decode()
    assert _key_names(olga) == []


def test_five_minutes_are_five_minutes(olga: Person, passkey: SoftwarePasskey) -> None:
    client = signed_in(olga.user)
    client.prove(olga.user, passkey_of(olga.user), ago=290)
    assert client.get(reverse("key_create")).status_code == 200
    client.prove(olga.user, passkey_of(olga.user), ago=301)
    assert client.get(reverse("key_create")).status_code == 302


def test_a_developer_confirms_too_and_enrols_where_there_is_no_passkey(max_: Person) -> None:
    client = signed_in(max_.user)
    asked = client.get(reverse("key_create"))
    page = client.get(asked.headers["Location"]).content.decode()
    assert "Add a passkey first" in page
    assert reverse("mfa_add_webauthn") in page


def test_who_may_not_is_told_so_and_not_asked_for_a_passkey(olga: Person) -> None:
    viewer = join(olga.organization, "v@acme.example", "V", Role.VIEWER)
    assert signed_in(viewer.user).get(reverse("key_create")).status_code == 403


def test_offering_a_role_that_needs_a_passkey_asks_for_one(olga: Person, browser: Browser) -> None:
    assert browser.post(reverse("invitation_create"), {"email": "v@guest.example", "role": "viewer"}).status_code == 302
    assert browser.post(reverse("invitation_create"), {"email": "a@guest.example", "role": "admin"}).status_code == 403
    with org_scope(olga.organization.id):
        assert list(Invitation.objects.values_list("email", flat=True)) == ["v@guest.example"]


@pytest.mark.parametrize("name", ["member_role", "factors_reset"])
def test_acts_on_members_ask_for_one(olga: Person, max_: Person, browser: Browser, name: str) -> None:
    with org_scope(olga.organization.id):
        row = Membership.objects.get(user=max_.user)
    answer = browser.post(reverse(name, args=[row.id]), {"role": "viewer", "confirm": max_.user.email})
    assert answer.status_code == 403
    with org_scope(olga.organization.id):
        assert Membership.objects.get(user=max_.user).role == Role.DEVELOPER


def test_s05_the_page_goes_on_to_our_own_pages_only(browser: Browser, passkey: SoftwarePasskey) -> None:
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"):
        page = browser.get("/confirm/passkey", {"next": target})
        answer = confirmed_with(passkey.answer(challenge_of(page)))
        back = browser.post("/confirm/passkey", {"passkey": answer, "next": target})
        assert back.headers["Location"] == "/"


def test_s01_confirming_gives_the_session_another_key(browser: Browser, passkey: SoftwarePasskey) -> None:
    page = browser.get("/confirm/passkey", {"next": "/keys/new"})
    before = browser.cookies["session"].value
    browser.post("/confirm/passkey", {"passkey": confirmed_with(passkey.answer(challenge_of(page))), "next": "/"})
    assert browser.cookies["session"].value != before
    thief = Client()  # who planted the former key, or saw it
    thief.cookies["session"] = before
    assert thief.get("/keys/new").headers["Location"].startswith(reverse("account_login"))


def test_an_unfresh_passkey_still_opens_the_roles_pages(browser: Browser) -> None:
    assert browser.get(reverse("events_list")).status_code == 200
