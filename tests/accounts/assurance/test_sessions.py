"""Sessions have another key after every proof (S01), and die everywhere when how somebody signs in changes (S02)."""

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from tests.people import PASSWORD, Browser, Person, passkey_of, signed_in


def _is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def _tracked(person: Person) -> Browser:
    """Return a browser of the person in which a page was opened, so that it is on their list of sessions."""
    client = signed_in(person.user)
    assert _is_in(client)
    return client


def _copy(client: Client) -> Client:
    """Return another browser with the same cookie."""
    thief = Client()
    thief.cookies["session"] = client.cookies["session"].value
    return thief


def test_s01_signing_in_gives_the_session_another_key(max_: Person) -> None:
    client = Client()
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": max_.user.email, "password": "wrong"})
    before = client.cookies.get("session")
    planted = before.value if before else ""
    client.post(reverse("account_login"), {"login": max_.user.email, "password": PASSWORD})
    assert client.cookies["session"].value != planted
    assert _is_in(client)


def test_s01_reauthenticating_gives_the_session_another_key(max_: Person) -> None:
    client = _tracked(max_)
    thief = _copy(client)
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    assert _is_in(client)
    assert not _is_in(thief)
    page = client.get(reverse("usersessions_list"))
    assert len(page.context["sessions"]) == 1


def test_s02_signing_out_ends_the_session(max_: Person) -> None:
    client = _tracked(max_)
    thief = _copy(client)
    client.post(reverse("account_logout"))
    assert not _is_in(thief)


def test_s02_an_account_that_is_closed_has_no_session(max_: Person) -> None:
    client = _tracked(max_)
    max_.user.is_active = False
    max_.user.save()
    assert not _is_in(client)


def test_s02_a_new_password_ends_every_session(max_: Person) -> None:
    here, there = _tracked(max_), _tracked(max_)
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    new = "another-horse-battery-staple"
    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert not _is_in(there)


@pytest.mark.parametrize("change", ["add", "remove"])
def test_s02_a_changed_factor_ends_every_other_session(
    max_: Person, change: str, django_capture_on_commit_callbacks: object
) -> None:
    there = _tracked(max_)
    here = _tracked(max_)
    if change == "remove":
        held = passkey_of(max_.user)
        here.prove(max_.user, held)
        session = here.session
        session["account_authentication_methods"][0]["reauthenticated"] = True
        session.save()
        here.post(reverse("mfa_remove_webauthn", args=[held.pk]))
    else:
        here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        secret = here.get(reverse("mfa_activate_totp")).context["form"].secret
        now = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # pytest-django's
            here.post(reverse("mfa_activate_totp"), {"code": now})
    assert _is_in(here)
    assert not _is_in(there)
