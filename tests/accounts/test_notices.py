"""Notices: who is told by mail of what, once, with no secret and no link that acts without signing in."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import tasks
from accounts.models import ApiKey, KnownDevice, SentNotice
from accounts.notices import Notice, deliver, tell
from accounts.services import keys
from audit.models import AuditEvent, OutboxMessage
from audit.outbox import drain
from tenants.permissions import Permission, Role
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.people import PASSWORD, Person, join, new_client, new_person, recovery_codes_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def _mails() -> list[EmailMessage]:
    """Deliver what is owed and return it, emptying the box."""
    drain()
    sent, mail.outbox = list(mail.outbox), []
    return sent


def _to(mails: list[EmailMessage]) -> dict[str, str]:
    return {each.to[0]: str(each.subject) for each in mails}


def _sign_in(client: Client, person: Person) -> None:
    form = {"login": person.user.email, "password": PASSWORD}
    assert client.post(reverse("account_login"), form).status_code == 302


def test_a_new_keys_keepers_are_told_and_nobody_else(olga: Person, max_: Person, eve: Person) -> None:
    anna = join(olga.organization, "anna@acme.example", "Anna Admin", Role.ADMIN)
    join(olga.organization, "vera@acme.example", "Vera Viewer", Role.VIEWER)
    key, secret = max_.key(Permission.GUARD_CHECK)
    mails = _mails()
    assert set(_to(mails)) == {olga.user.email, max_.user.email, anna.user.email}
    for each in mails:
        assert "New API key in Acme Rockets: test" in each.subject
        assert secret not in each.message().as_string()
        assert f"/keys/{key.id}" in str(each.body)
    assert _mails() == []


def test_a_key_that_was_not_made_is_not_told_of(olga: Person) -> None:
    olga.browser().post(reverse("key_create"), {"name": ""})
    assert _mails() == []


def _run_down(person: Person, key: ApiKey, left: timedelta) -> list[EmailMessage]:
    """Let the key have so much time left, sweep, and return the mails."""
    with org_scope(person.organization.id):
        ApiKey.objects.filter(id=key.id).update(expires_at=timezone.now() + left)
    if tasks.remind_of_keys():
        tasks.remind_of_key(str(person.organization.id), str(key.id))
    return _mails()


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the wake-ups of the sweep unsent; each test calls the task they would wake."""
    monkeypatch.setattr(tasks.remind_of_key, "apply_async", lambda *args, **kwargs: None)


def test_a_keys_end_is_told_a_week_and_a_day_before_and_when_it_comes(olga: Person, no_broker: None) -> None:
    key, _ = olga.key(Permission.GUARD_CHECK)
    _mails()
    assert _run_down(olga, key, timedelta(days=8)) == []
    told = [
        [each.subject for each in _run_down(olga, key, left)]
        for left in (timedelta(days=6, hours=23), timedelta(days=5), timedelta(hours=23), timedelta(0), timedelta(0))
    ]
    assert told == [
        ["API key test of Acme Rockets expires in 7 days"],
        [],
        ["API key test of Acme Rockets expires in 1 day"],
        ["API key test of Acme Rockets has expired"],
        [],
    ]


def test_a_sweep_that_comes_late_tells_only_what_is_still_true(olga: Person, no_broker: None) -> None:
    key, _ = olga.key(Permission.GUARD_CHECK)
    _mails()
    assert [each.subject for each in _run_down(olga, key, timedelta(hours=3))] == [
        "API key test of Acme Rockets expires in 1 day"
    ]


def test_a_revoked_key_and_one_without_an_end_are_not_told_of(olga: Person, no_broker: None) -> None:
    key, _ = olga.key(Permission.GUARD_CHECK)
    _mails()
    assert tasks.remind_of_keys() == 0
    with org_scope(olga.organization.id):
        keys.revoke(olga.may(Permission.KEYS_REVOKE), key.id)
    assert _run_down(olga, key, timedelta(hours=1)) == []
    tasks.remind_of_key(str(olga.organization.id), str(key.id))
    assert _mails() == []


def test_t12_a_reminder_with_another_organisations_key_finds_nothing(olga: Person, eve: Person) -> None:
    key, _ = olga.key(Permission.GUARD_CHECK, expires_at=timezone.now() + timedelta(hours=1))
    _mails()
    tasks.remind_of_key(str(eve.organization.id), str(key.id))
    assert _mails() == []


def test_d2_the_keepers_of_a_leaked_key_are_told_once_whoever_sent_it(olga: Person, eve: Person) -> None:
    key, secret = olga.key(Permission.GUARD_CHECK)
    application = Application(*eve.key())
    _mails()
    for _ in range(2):
        answer = application.post("/v1/guard", {"input": f"curl -H 'Authorization: Bearer {secret}'"})
        assert answer.json()["action"] == "block"
    mails = _mails()
    assert _to(mails) == {olga.user.email: "API key test of Acme Rockets was found in a text"}
    assert secret not in mails[0].message().as_string()
    assert "globex" not in mails[0].message().as_string().lower()
    with org_scope(olga.organization.id):
        [event] = AuditEvent.objects.filter(event="accounts:key:leaked")
    assert event.target == str(key.id)
    assert secret not in str(event.detail)


def test_a_dead_or_made_up_key_in_a_text_is_nobodys_leak(olga: Person, eve: Person) -> None:
    key, secret = olga.key(Permission.GUARD_CHECK)
    with org_scope(olga.organization.id):
        keys.revoke(olga.may(Permission.KEYS_REVOKE), key.id)
    application = Application(*eve.key())
    _mails()
    application.post("/v1/guard", {"input": f"my key is {secret}"})
    assert _mails() == []


def test_a_sign_in_from_a_browser_that_is_new_to_the_account_is_told(max_: Person) -> None:
    laptop, thief = Client(headers={"user-agent": FIREFOX}), Client(headers={"user-agent": "curl/8.5"})
    _sign_in(laptop, max_)
    assert _mails() == []
    _sign_in(thief, max_)
    [told] = _mails()
    assert (told.subject, told.to) == ("New sign-in to your Tidegate account", [max_.user.email])
    assert "Device: curl" in str(told.body)
    assert "By:     a password" in str(told.body)
    with org_scope(max_.organization.id):
        assert AuditEvent.objects.filter(event="accounts:session:new_device").count() == 1
    for client in (laptop, thief):
        client.post(reverse("account_logout"))
        _sign_in(client, max_)
    assert _mails() == []
    assert KnownDevice.objects.filter(user=max_.user).count() == 2


def test_a_browser_that_another_person_used_is_new_to_the_account(olga: Person, eve: Person) -> None:
    shared = Client()
    _sign_in(Client(), olga)
    for person in (eve, olga):
        _sign_in(shared, person)
        shared.post(reverse("account_logout"))
    assert _to(_mails()) == {olga.user.email: "New sign-in to your Tidegate account"}
    assert len(set(KnownDevice.objects.values_list("hash", flat=True))) == 3


def test_a_forged_cookie_makes_no_browser_known(olga: Person) -> None:
    known, forger = Client(), Client()
    _sign_in(known, olga)
    forger.cookies["device"] = known.cookies["device"].value.rpartition(":")[0] + ":forged"
    _sign_in(forger, olga)
    assert len(_mails()) == 1


def test_a_changed_password_is_told_through_the_outbox(olga: Person) -> None:
    client = Client(headers={"user-agent": FIREFOX})
    _sign_in(client, olga)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    form = {"oldpassword": PASSWORD, "password1": "another-long-passphrase-1", "password2": "another-long-passphrase-1"}
    client.post(reverse("account_change_password"), form)
    assert mail.outbox == []
    [told] = _mails()
    assert told.subject == "Your Tidegate password was changed"
    assert "Device:  Firefox on Linux" in str(told.body)
    assert told.alternatives  # type: ignore[attr-defined]  # more than the stubs know


def test_a_used_recovery_code_is_told(olga: Person) -> None:
    TOTP.activate(olga.user, generate_totp_secret())
    [code, *_] = recovery_codes_of(olga.user)
    client = Client()
    client.post(reverse("account_login"), {"login": olga.user.email, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code})
    [told] = _mails()
    assert told.subject == "A recovery code of your Tidegate account was used"
    assert "9 codes are left" in str(told.body)


def test_who_belongs_to_no_organisation_is_told_too(db: None, django_capture_on_commit_callbacks: object) -> None:
    user = new_person("solo@nowhere.example", "Solo")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture or case of one of several kinds
        tell(Notice.PASSWORD_CHANGED, user, {"timestamp": timezone.now(), "ip": "203.0.113.7", "device": "curl"})
    assert _to(_mails()) == {"solo@nowhere.example": "Your Tidegate password was changed"}


def test_a_message_delivered_twice_is_one_mail(olga: Person) -> None:
    facts = {"timestamp": "2026-11-23T12:00:00+00:00", "ip": "203.0.113.7", "device": "curl", "sessions_url": "x"}
    payload = {"notice": Notice.TOTP_ADDED.value, "user": str(olga.user.pk), "email": "", "facts": facts}
    with org_scope(olga.organization.id):
        tell(Notice.TOTP_ADDED, olga.user, facts)
        message = OutboxMessage.objects.get()
    [told] = _mails()
    assert told.extra_headers["Message-ID"].startswith(f"<{message.id}@")
    deliver(message.id, payload | {"email": olga.user.email})
    assert _mails() == []


def test_no_link_of_a_notice_acts_without_signing_in(olga: Person) -> None:
    olga.key(Permission.GUARD_CHECK)
    for link in re.findall(r"http://testserver(/\S+)", str(_mails()[0].body)):
        answer = new_client().get(link)
        assert answer.headers["Location"].startswith(reverse("account_login"))


def test_a_person_sees_their_own_mails_under_security(olga: Person, eve: Person) -> None:
    olga.key(Permission.GUARD_CHECK)
    _mails()
    assert b"An API key was created" in olga.browser().get(reverse("security")).content
    assert b"An API key was created" not in eve.browser().get(reverse("security")).content


def test_old_notices_and_browsers_are_forgotten(olga: Person) -> None:
    _sign_in(Client(), olga)
    tell(Notice.PASSWORD_CHANGED, olga.user, {"timestamp": timezone.now()})
    _mails()
    SentNotice.objects.update(sent_at=timezone.now() - timedelta(days=91))
    KnownDevice.objects.update(seen_at=timezone.now() - timedelta(days=181))
    tasks.clear_expired()
    assert not SentNotice.objects.exists()
    assert not KnownDevice.objects.exists()
