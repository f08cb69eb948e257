"""Factors are taken away by a colleague and by nobody else; nothing that changes a sign-in goes around them (N05)."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.assurance.models import FactorReset
from audit.models import AuditEvent
from audit.outbox import drain
from tenants.models import Membership
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.people import PASSWORD, Browser, Person, join, passkey_of, signed_in

NEW = "another-horse-battery-staple"


def _reset(browser: Browser, person: Person) -> int:
    with org_scope(person.organization.id):
        row = Membership.objects.get(user=person.user)
    browser.post(reverse("factors_reset", args=[row.id]), {"confirm": person.user.email})
    left: int = Authenticator.objects.filter(user=person.user).count()
    return left


def test_a_colleague_resets_and_the_person_enrols_again(olga: Person, max_: Person) -> None:
    theirs = max_.browser()
    assert theirs.get("/").status_code == 200
    assert _reset(olga.browser(), max_) == 0
    assert theirs.get("/").headers["Location"].startswith(reverse("account_login")), "signed out everywhere"
    drain()
    [told] = [message for message in mail.outbox if "factors were reset" in message.subject]
    assert told.to == [max_.user.email]
    assert "Olga Owner reset" in told.body
    with org_scope(olga.organization.id):
        assert AuditEvent.objects.get(event="accounts:factor:reset").detail["factors"] == ["webauthn"]
    again = signed_in(max_.user)
    assert again.get("/").status_code == 200
    with org_scope(olga.organization.id):
        FactorReset.objects.update(until=timezone.now())
    assert again.get("/").headers["Location"] == reverse("mfa_index"), "after a day only to enrol"


def test_nobody_resets_their_own(olga: Person) -> None:
    assert _reset(olga.browser(), olga) == 1


@pytest.mark.parametrize(
    ("by", "of", "left"),
    [
        (Role.ADMIN, Role.OWNER, 1),
        (Role.SECURITY, Role.ADMIN, 1),
        (Role.SECURITY, Role.OWNER, 1),
        (Role.SECURITY, Role.DEVELOPER, 0),
        (Role.ADMIN, Role.ADMIN, 0),
        (Role.OWNER, Role.OWNER, 0),
        (Role.DEVELOPER, Role.VIEWER, 1),
    ],
)
def test_nobody_resets_a_wider_role(olga: Person, by: Role, of: Role, left: int) -> None:
    who = join(olga.organization, "by@acme.example", "By", by)
    whom = join(olga.organization, "of@acme.example", "Of", of)
    passkey_of(whom.user)
    assert _reset(who.browser(), whom) == left


def test_n05_another_organisation_cannot_take_the_factors_that_guard_ours(olga: Person, eve: Person) -> None:
    with org_scope(eve.organization.id):
        Membership.objects.create(user=olga.user, role="viewer")
    passkey_of(olga.user)
    assert _reset(eve.browser(), Person(olga.user, eve.organization, Role.VIEWER)) == 1


def test_n05_a_new_password_asks_for_the_factor_all_the_same(max_: Person) -> None:
    TOTP.activate(max_.user, generate_totp_secret())
    client = Client()
    client.post(reverse("account_reset_password"), {"email": max_.user.email})
    drain()
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[-1].body))
    assert link is not None
    form = client.get(link[0], follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": NEW, "password2": NEW})
    assert client.get("/").status_code == 302, "a reset signs nobody in"
    stage = client.post(reverse("account_login"), {"login": max_.user.email, "password": NEW})
    assert stage.headers["Location"] == reverse("mfa_authenticate")
    assert Authenticator.objects.filter(user=max_.user).count() == 1


def test_n05_another_address_leaves_the_factor(max_: Person) -> None:
    client = max_.browser()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    EmailAddress.objects.create(user=max_.user, email="new@acme.example", verified=True)
    client.post(reverse("account_email"), {"email": "new@acme.example", "action_primary": "primary"})
    assert Authenticator.objects.filter(user=max_.user).count() == 1
    stage = Client().post(reverse("account_login"), {"login": "new@acme.example", "password": PASSWORD})
    assert stage.headers["Location"] == reverse("mfa_authenticate")


@pytest.mark.parametrize(
    "name", ["mfa_add_webauthn", "mfa_activate_totp", "mfa_generate_recovery_codes", "account_email"]
)
def test_n05_the_password_alone_changes_nothing_of_somebody_with_a_factor(max_: Person, name: str) -> None:
    passkey_of(max_.user)
    client = signed_in(max_.user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for answer in (client.get(reverse(name)), client.post(reverse(name), {"credential": "{}"})):
        assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate_webauthn"))


def test_n05_somebody_without_a_password_signs_in_again_first(max_: Person) -> None:
    max_.user.set_unusable_password()
    max_.user.save()
    client = signed_in(max_.user)
    asked = client.get(reverse("mfa_add_webauthn"))
    assert asked.headers["Location"].startswith(reverse("sign_in_again"))
    assert "Sign in again first" in client.get(asked.headers["Location"]).content.decode()
    back = client.post(reverse("sign_in_again"), {"next": "/accounts/2fa/webauthn/add/"})
    assert back.headers["Location"] == "/accounts/login/?next=%2Faccounts%2F2fa%2Fwebauthn%2Fadd%2F"
    assert client.get("/").status_code == 302
