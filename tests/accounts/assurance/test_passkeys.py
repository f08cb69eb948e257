"""Passkeys that lie: every check of a ceremony, each with an answer that is right but for one thing (N06)."""

import json
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.urls import reverse
from fido2.utils import websafe_encode

from audit.models import AuditEvent
from tenants.scope import org_scope
from tests.accounts.assurance.ceremony import challenge_of, confirmed_with
from tests.authenticators import UP, SoftwarePasskey
from tests.committed import new_owner
from tests.people import PASSWORD, Browser, Person, new_client, passkey_of, signed_in

CONFIRM, ADD = "/confirm/passkey", "/accounts/2fa/webauthn/add/"


@pytest.fixture
def passkey(olga: Person) -> SoftwarePasskey:
    made = SoftwarePasskey()
    passkey_of(olga.user, made)
    return made


@pytest.fixture
def browser(olga: Person, passkey: SoftwarePasskey) -> Browser:
    return signed_in(olga.user)


def _confirms(browser: Browser, answer: dict[str, Any] | str) -> bool:
    sent = answer if isinstance(answer, str) else confirmed_with(answer)
    return browser.post(CONFIRM, {"passkey": sent, "next": "/"}).status_code == 302


def _wrong_origin(passkey: SoftwarePasskey) -> None:
    passkey.origin = "https://testserver"


def _neighbour(passkey: SoftwarePasskey) -> None:
    passkey.origin = "http://login.testserver"


def _other_port(passkey: SoftwarePasskey) -> None:
    passkey.origin = "http://testserver:8001"


def _wrong_site(passkey: SoftwarePasskey) -> None:
    passkey.rp_id = "evil.example"


def _nobody_verified(passkey: SoftwarePasskey) -> None:
    passkey.flags = UP


def _nobody_there(passkey: SoftwarePasskey) -> None:
    passkey.flags &= ~UP


def _another_key(passkey: SoftwarePasskey) -> None:
    passkey.key = SoftwarePasskey().key


def _unknown(passkey: SoftwarePasskey) -> None:
    passkey.credential_id = b"unknown-credential"


def _copied(passkey: SoftwarePasskey) -> None:
    passkey.counter = 2


LIES = [
    _wrong_origin,
    _neighbour,
    _other_port,
    _wrong_site,
    _nobody_verified,
    _nobody_there,
    _another_key,
    _unknown,
    _copied,
]


@pytest.mark.parametrize("lie", LIES)
def test_n06_an_answer_that_is_wrong_in_one_thing_is_refused(
    browser: Browser, passkey: SoftwarePasskey, lie: Callable[[SoftwarePasskey], None]
) -> None:
    passkey.counter = 6
    assert _confirms(browser, passkey.answer(challenge_of(browser.get(CONFIRM)))), "or the refusal says nothing"
    challenge = challenge_of(browser.get(CONFIRM))
    lie(passkey)
    assert not _confirms(browser, passkey.answer(challenge))


def test_n06_a_counter_that_did_not_grow_is_told_to_the_audit_log(
    olga: Person, browser: Browser, passkey: SoftwarePasskey
) -> None:
    passkey.counter = 9
    _confirms(browser, passkey.answer(challenge_of(browser.get(CONFIRM))))
    passkey.counter = 9
    challenge = challenge_of(browser.get(CONFIRM))
    passkey.counter = 8
    assert not _confirms(browser, passkey.answer(challenge))
    with org_scope(olga.organization.id):
        assert AuditEvent.objects.filter(event="accounts:factor:copied").count() == 1


def test_n06_a_synced_passkey_may_always_count_nothing(browser: Browser, passkey: SoftwarePasskey) -> None:
    for _ in range(2):
        passkey.counter = -1
        assert _confirms(browser, passkey.answer(challenge_of(browser.get(CONFIRM))))


def test_n06_a_challenge_is_good_for_one_answer_of_one_session(
    olga: Person, browser: Browser, passkey: SoftwarePasskey
) -> None:
    challenge = challenge_of(browser.get(CONFIRM))
    answer = passkey.answer(challenge)
    other = signed_in(olga.user)
    other.get(CONFIRM)
    assert not _confirms(other, answer), "another session's challenge"
    assert _confirms(browser, answer)
    assert not _confirms(browser, answer), "the same answer"
    assert not _confirms(browser, passkey.answer(challenge)), "another answer to it"


@pytest.mark.parametrize("sent", ["", "{}", "[]", "null", "1", '"x"', "{", '{"id": "x"}', '{"response": {}}', "\x00"])
def test_n06_what_is_no_answer_is_refused(browser: Browser, sent: str) -> None:
    browser.get(CONFIRM)
    assert not _confirms(browser, sent)
    assert new_client().post(reverse("mfa_login_webauthn"), {"credential": sent}).status_code == 302


def test_n06_another_persons_passkey_confirms_nothing(
    olga: Person, max_: Person, browser: Browser, passkey: SoftwarePasskey
) -> None:
    passkey_of(max_.user, SoftwarePasskey())
    theirs = signed_in(max_.user)
    assert not _confirms(theirs, passkey.answer(challenge_of(theirs.get(CONFIRM))))


def test_n06_another_persons_name_does_not_make_the_passkey_theirs(
    olga: Person, max_: Person, passkey: SoftwarePasskey
) -> None:
    passkey_of(max_.user, SoftwarePasskey())
    client = new_client()
    asked = client.get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"}).json()
    answer = passkey.answer(asked["request_options"]["publicKey"]["challenge"], str(max_.user.pk).encode())
    client.post(reverse("mfa_login_webauthn"), {"credential": json.dumps(answer)})
    assert client.get("/").status_code == 302


def _enrols(browser: Browser, person: Person, credential: Callable[[str], dict[str, Any]]) -> bool:
    """Enrol a passkey as a form would, after the password; tells whether it was taken."""
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = browser.get(ADD)
    challenge = challenge_of(page, "js_data")
    before = Authenticator.objects.filter(user=person.user, type="webauthn").count()
    browser.post(ADD, {"name": "Phone", "credential": json.dumps(credential(challenge))})
    after: int = Authenticator.objects.filter(user=person.user, type="webauthn").count()
    return bool(after == before + 1)


def test_n06_a_passkey_is_enrolled(max_: Person) -> None:
    assert _enrols(signed_in(max_.user), max_, SoftwarePasskey().register)


@pytest.mark.parametrize("lie", [_wrong_origin, _neighbour, _other_port, _wrong_site, _nobody_verified, _nobody_there])
def test_n06_enrolling_asks_the_same(max_: Person, lie: Callable[[SoftwarePasskey], None]) -> None:
    made = SoftwarePasskey()
    lie(made)
    assert not _enrols(signed_in(max_.user), max_, made.register)


def test_n06_somebody_elses_passkey_is_not_enrolled_again(max_: Person, passkey: SoftwarePasskey) -> None:
    assert not _enrols(signed_in(max_.user), max_, passkey.register)


@pytest.mark.parametrize("algorithm", [-65535, -999])
def test_n06_an_algorithm_that_was_not_offered_is_refused(max_: Person, algorithm: int) -> None:
    assert not _enrols(signed_in(max_.user), max_, lambda challenge: SoftwarePasskey().register(challenge, algorithm))


def test_n06_the_name_of_a_passkey_is_that_of_its_key(max_: Person) -> None:
    def renamed(challenge: str) -> dict[str, Any]:
        return SoftwarePasskey().register(challenge) | {"id": websafe_encode(b"another-name")}

    assert not _enrols(signed_in(max_.user), max_, renamed)


def test_n06_an_answer_sent_twice_at_once_counts_once(committed: None) -> None:
    owner, passkey = new_owner(), SoftwarePasskey()
    Authenticator.objects.filter(user=owner.user).delete()
    passkey_of(owner.user, passkey)
    browser = signed_in(owner.user)
    answer = confirmed_with(passkey.answer(challenge_of(browser.get(CONFIRM))))
    start, taken = Barrier(2), []

    def send() -> None:
        client = new_client()
        client.cookies.update(browser.cookies)
        start.wait()
        taken.append(client.post(CONFIRM, {"passkey": answer, "next": "/taken"}).headers.get("Location", ""))
        connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count("/taken") == 1, taken
