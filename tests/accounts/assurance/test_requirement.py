"""A second factor for all, with days of grace: on every entry and every request, not only at the sign-in (N04)."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.assurance import policy
from accounts.assurance.models import SecurityPolicy
from accounts.assurance.tasks import remind
from audit.models import AuditEvent
from audit.outbox import drain
from tenants.models import Membership
from tenants.permissions import Permission, Role
from tenants.scope import org_scope
from tests.committed import new_member, new_owner
from tests.people import PASSWORD, Person, join, new_client, passkey_of, signed_in
from tests.permissions.test_table import PAGES, _url

ASKED = {"require_factor": "on", "grace_days": "7"}


@pytest.fixture
def asks(olga: Person) -> SecurityPolicy:
    """Acme asks for a second factor, and the days to add one are over."""
    with org_scope(olga.organization.id):
        made = policy.change(olga.may(Permission.SECURITY_CHANGE), policy.Wanted(require_factor=True, grace_days=0))
    return made


def _totp(person: Person) -> Authenticator:
    made: Authenticator = TOTP.activate(person.user, generate_totp_secret()).instance
    return made


def test_n04_without_a_factor_no_page_opens_but_those_to_add_one(asks: SecurityPolicy, max_: Person) -> None:
    client = signed_in(max_.user)
    for name, (_, method) in PAGES.items():
        answer = client.generic(method, _url(name))
        assert (answer.status_code, answer.headers.get("Location")) == (302, reverse("mfa_index")), name
    for name in ("mfa_index", "security", "organization_switch", "passkey_confirm"):
        assert client.get(reverse(name)).status_code == 200, name
    for name in ("account_email", "usersessions_list", "organization_create"):
        assert client.get(reverse(name)).headers["Location"] == reverse("mfa_index"), name
    page = client.get(reverse("mfa_index")).content.decode()
    assert "A second factor is needed" in page


def test_n04_a_factor_that_this_session_did_not_show_opens_nothing(asks: SecurityPolicy, max_: Person) -> None:
    client = signed_in(max_.user)
    _totp(max_)
    for name, (_, method) in PAGES.items():
        answer = client.generic(method, _url(name))
        assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate")), name


def test_n04_a_part_of_a_page_is_refused_too(asks: SecurityPolicy, max_: Person) -> None:
    answer = signed_in(max_.user).post("/playground/", {"text": "Hi"}, headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.headers["HX-Redirect"] == reverse("mfa_index")


def test_n04_between_the_password_and_the_code_nothing_opens(olga: Person, max_: Person) -> None:
    _totp(max_)
    client = Client()
    stage = client.post(reverse("account_login"), {"login": max_.user.email, "password": PASSWORD})
    assert stage.headers["Location"] == reverse("mfa_authenticate")
    for name, (_, method) in PAGES.items():
        answer = client.generic(method, _url(name))
        assert answer.headers["Location"].startswith(reverse("account_login")), name
    for url in ("/operator/", reverse("security"), reverse("mfa_index"), reverse("account_email")):
        assert "login" in client.get(url).headers["Location"], url


@pytest.mark.parametrize("sent", [{}, {"code": ""}, {"credential": ""}, {"credential": "{}"}, {"code": "000000"}])
def test_n04_an_empty_answer_does_not_pass_the_stage(olga: Person, max_: Person, sent: dict[str, str]) -> None:
    _totp(max_)
    client = Client()
    client.post(reverse("account_login"), {"login": max_.user.email, "password": PASSWORD})
    assert client.post(reverse("mfa_authenticate"), sent).status_code == 200
    assert client.get("/").headers["Location"].startswith(reverse("account_login"))


def test_who_used_a_factor_works_as_before(asks: SecurityPolicy, max_: Person) -> None:
    client = signed_in(max_.user)
    client.prove(max_.user, _totp(max_))
    assert client.get(reverse("decisions_list")).status_code == 200


def test_until_the_days_are_over_the_page_says_when(olga: Person, max_: Person) -> None:
    with org_scope(olga.organization.id):
        policy.change(olga.may(Permission.SECURITY_CHANGE), policy.Wanted(require_factor=True, grace_days=5))
    answer = signed_in(max_.user).get("/")
    assert answer.status_code == 200
    assert "Acme Rockets asks for a second factor" in answer.content.decode()
    assert timedelta(days=4) < answer.context["assurance_notice"].due - timezone.now() < timedelta(days=5)


def test_grace_counts_from_joining_where_that_was_later(olga: Person) -> None:
    with org_scope(olga.organization.id):
        made = policy.change(olga.may(Permission.SECURITY_CHANGE), policy.Wanted(require_factor=True, grace_days=3))
    now = timezone.now()
    assert made.deadline(now + timedelta(days=10)) == now + timedelta(days=13)
    assert made.required_since is not None
    assert made.deadline(now - timedelta(days=10)) == made.required_since + timedelta(days=3)


def test_the_page_says_who_misses_what_and_changes_the_policy(olga: Person, max_: Person) -> None:
    browser = olga.browser()
    assert browser.post(reverse("security_policy_change"), ASKED).status_code == 302
    anna = join(olga.organization, "anna@acme.example", "Anna", Role.ADMIN)
    page = browser.get(reverse("security_policy"))
    assert [(each.membership.user, each.factor) for each in page.context["missing"]] == [
        (anna.user, "passkey"),
        (max_.user, "second factor"),
    ]
    assert "Role waits" in page.content.decode()
    with org_scope(olga.organization.id):
        assert AuditEvent.objects.filter(event="accounts:security:changed").count() == 1
        assert SecurityPolicy.objects.get().require_factor


@pytest.mark.parametrize("wrong", [{"grace_days": "61"}, {"grace_days": ""}, {"excused_until": "2126-01-01"}])
def test_the_policy_has_bounds(olga: Person, wrong: dict[str, str]) -> None:
    answer = olga.browser().post(reverse("security_policy_change"), {**ASKED, **wrong})
    assert answer.status_code == 422
    with org_scope(olga.organization.id):
        assert not SecurityPolicy.objects.exists()


def test_a_colleague_reminds_once_a_day(olga: Person, max_: Person) -> None:
    browser = olga.browser()
    browser.post(reverse("security_policy_change"), ASKED)
    for _ in range(2):
        browser.post(reverse("security_policy_remind"))
    drain()
    [sent] = [message for message in mail.outbox if "second factor" in message.subject]
    assert sent.to == [max_.user.email]
    assert "http://testserver/accounts/2fa/" in sent.body


def test_beat_reminds_in_the_last_three_days(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:

    owner = new_owner()
    late, early = new_member(owner, Role.VIEWER), new_member(owner, Role.VIEWER)
    Authenticator.objects.filter(user__in=[late.user, early.user]).delete()
    with org_scope(owner.organization.id):
        policy.change(owner.may(Permission.SECURITY_CHANGE), policy.Wanted(require_factor=True, grace_days=10))
        SecurityPolicy.objects.update(required_since=timezone.now() - timedelta(days=8))
        Membership.objects.filter(user=late.user).update(created_at=timezone.now() - timedelta(days=30))
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda task, args, **_: task(*args))
    assert remind() >= 1
    drain()
    told = {address for message in mail.outbox for address in message.to}
    assert late.user.email in told
    assert early.user.email not in told
    mail.outbox.clear()
    remind()
    drain()
    assert mail.outbox == []


def test_an_idle_session_and_an_old_one_end(olga: Person) -> None:
    with org_scope(olga.organization.id):
        policy.change(olga.may(Permission.SECURITY_CHANGE), policy.Wanted(idle_minutes=15, lifetime_hours=8))
    client = olga.browser()
    assert client.get("/").status_code == 200
    session = client.session
    session["seen_at"] = session["seen_at"] - 15 * 60 - 1
    session.save()
    assert client.get("/").headers["Location"].startswith(reverse("account_login"))
    old = signed_in(olga.user)
    old.prove(olga.user, passkey_of(olga.user), ago=8 * 3600 + 1)
    assert old.get("/").headers["Location"].startswith(reverse("account_login"))
    assert new_client().get("/").status_code == 302
