"""Every page of signing up, signing in and second factors, as the views of allauth draw it."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from tests.pages.markup import Element, Page
from tests.people import PASSWORD, Person, passkey_of

OUTSIDE = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_inactive",
]
INSIDE = [
    "account_change_password",
    "account_email",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_list_webauthn",
    "usersessions_list",
]


def read(client: Client, url: str, status: int = 200) -> Page:
    response = client.get(url, follow=True)
    assert response.status_code == status
    return Page(response.content.decode())


def control(page: Page, name: str) -> Element:
    [found] = [element for element in page.all("input") if element.attributes.get("name") == name]
    return found


@pytest.fixture
def signed_in(olga: Person) -> Client:
    """A browser in which Olga signed in and confirmed that it is her, so that sensitive pages open."""
    client = Client()
    client.post(reverse("account_login"), {"login": olga.user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_page_for_people_outside_is_sound(client: Client, name: str) -> None:
    assert read(client, reverse(name)).problems() == []


@pytest.mark.parametrize("name", INSIDE)
def test_a_page_for_people_inside_is_sound(signed_in: Client, name: str) -> None:
    assert read(signed_in, reverse(name)).problems() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["/accounts/confirm-email/no-such-key/", "/accounts/password/reset/key/1-set-password/"]
)
def test_a_link_that_is_no_longer_good_says_so(client: Client, url: str) -> None:
    page = read(client, url)
    assert page.problems() == []
    assert page.all("h1")[0].text.strip() == "This link is no longer good"


@pytest.mark.django_db
def test_browsers_can_fill_in_the_sign_in(client: Client) -> None:
    page = read(client, reverse("account_login"))
    assert control(page, "login").attributes["autocomplete"] == "username webauthn"
    assert control(page, "password").attributes["autocomplete"] == "current-password"
    assert [
        element.text.strip() for element in page.all("button") if element.attributes.get("id") == "passkey_login"
    ] == ["Sign in with a passkey"]


@pytest.mark.django_db
def test_a_wrong_password_is_said_once_above_the_form_and_tells_nothing(client: Client, olga: Person) -> None:
    known = client.post(reverse("account_login"), {"login": olga.user.email, "password": "wrong"})
    unknown = client.post(reverse("account_login"), {"login": "nobody@acme.example", "password": "wrong"})
    said = [_alerts(Page(response.content.decode())) for response in (known, unknown)]
    assert said[0] == said[1]
    assert len(said[0]) == 1


def _alerts(page: Page) -> list[str]:
    return [
        element.text.strip() for element in page.all("div") if "errors" in element.attributes.get("class", "").split()
    ]


@pytest.mark.django_db
def test_an_error_stands_beside_its_field_and_in_the_summary(client: Client) -> None:
    wrong = {"email": "new@acme.example", "password1": "short", "password2": "short"}
    page = Page(client.post(reverse("account_signup"), wrong).content.decode())
    assert page.problems() == []
    password = control(page, "password1")
    assert password.attributes["aria-invalid"] == "true"
    assert "E-mail address" in [label.text.strip() for label in page.all("label")]
    assert "id_password1_error" in password.attributes["aria-describedby"]
    assert [link.attributes["href"] for link in page.all("a") if link.attributes["href"].startswith("#id_")] == [
        "#id_password1"
    ]


def test_an_address_that_is_not_confirmed_can_be_confirmed_or_removed(signed_in: Client, olga: Person) -> None:
    EmailAddress.objects.create(user=olga.user, email="other@acme.example", verified=False, primary=False)
    page = read(signed_in, reverse("account_email"))
    assert page.problems() == []
    acts = [
        button.text.strip() for button in page.all("button") if button.attributes.get("name", "").startswith("action_")
    ]
    assert acts[:-1] == ["Send link again", "Remove"]
    signed_in.post(reverse("account_email"), {"email": "other@acme.example", "action_remove": "remove"})
    assert not EmailAddress.objects.filter(email="other@acme.example").exists()


def test_an_authenticator_is_set_up_from_a_code_drawn_in_the_page(signed_in: Client, olga: Person) -> None:
    page = read(signed_in, reverse("mfa_activate_totp"))
    assert page.problems() == []
    assert "data:image" not in page.source
    assert control(page, "code").attributes["autocomplete"] == "one-time-code"
    [secret] = [element.text for element in page.all("code") if element.attributes.get("id") == "totp-secret"]
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    codes = Page(signed_in.post(reverse("mfa_activate_totp"), {"code": code}, follow=True).content.decode())
    assert codes.problems() == []
    assert Authenticator.objects.filter(user=olga.user, type="totp").exists()
    shown = [code for code in codes.all("span") if code.around[-1].attributes.get("id") == "recovery-codes"]
    assert len({code.text for code in shown}) == 10


def test_the_pages_of_an_enrolled_person_are_sound(signed_in: Client, olga: Person) -> None:
    secret = read(signed_in, reverse("mfa_activate_totp")).source.partition('id="totp-secret">')[2].partition("<")[0]
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    signed_in.post(reverse("mfa_activate_totp"), {"code": code})
    for name in (
        "mfa_index",
        "mfa_generate_recovery_codes",
        "mfa_deactivate_totp",
        "mfa_reauthenticate",
        "mfa_add_webauthn",
    ):
        assert read(signed_in, reverse(name)).problems() == [], name


@pytest.mark.parametrize(("has_passkey", "first"), [(True, "Use a passkey"), (False, "Confirm the code")])
def test_signing_in_asks_for_a_passkey_first_of_who_has_one(
    signed_in: Client, olga: Person, has_passkey: bool, first: str
) -> None:
    if has_passkey:
        passkey_of(olga.user)
    secret = read(signed_in, reverse("mfa_activate_totp")).source.partition('id="totp-secret">')[2].partition("<")[0]
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    signed_in.post(reverse("mfa_activate_totp"), {"code": code})
    client = Client()
    answer = client.post(reverse("account_login"), {"login": olga.user.email, "password": PASSWORD}, follow=True)
    page = Page(answer.content.decode())
    assert page.problems() == []
    assert [button.text.strip() for button in page.all("button") if "button-primary" in button.attributes["class"]] == [
        first
    ]
    assert ("Use a passkey" in page.source) == has_passkey
