"""One-time and recovery codes: each is good once, also for two requests at once, and guessing is slowed down (N03)."""

import time
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.committed import new_owner
from tests.people import PASSWORD, Person, recovery_codes_of

HALF_MINUTE = int(time.time()) // 30


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock of codes: a test that takes longer than half a minute is about replay and not about age."""
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter([HALF_MINUTE]))


def _code(secret: str) -> str:
    code: str = totp.format_hotp_value(totp.hotp_value(secret, HALF_MINUTE))
    return code


def _at_the_stage(person: Person) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": person.user.email, "password": PASSWORD})
    return client


def _signs_in(client: Client, code: str) -> bool:
    return client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302


def _with_totp(person: Person) -> Callable[[], str]:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(person.user, secret)
    return lambda: _code(secret)


def _with_recovery_codes(person: Person) -> Callable[[], str]:
    totp.TOTP.activate(person.user, totp.generate_totp_secret())
    code = recovery_codes_of(person.user)[0]
    return lambda: code


KINDS = pytest.mark.parametrize("kind", [_with_totp, _with_recovery_codes])


@KINDS
def test_n03_a_code_is_good_once(max_: Person, kind: Callable[[Person], Callable[[], str]]) -> None:
    code = kind(max_)()
    assert _signs_in(_at_the_stage(max_), code)
    assert not _signs_in(_at_the_stage(max_), code)


@KINDS
def test_n03_two_requests_at_once_with_one_code_let_one_in(
    committed: None, kind: Callable[[Person], Callable[[], str]]
) -> None:
    person = new_owner()
    Authenticator.objects.filter(user=person.user).delete()
    code = kind(person)
    clients = [_at_the_stage(person) for _ in range(2)]
    start, let_in, now = Barrier(2), [], code()

    def send(client: Client) -> None:
        start.wait()
        let_in.append(_signs_in(client, now))
        connection.close()

    threads = [Thread(target=send, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(let_in) == [False, True]


def test_n03_guessing_is_stopped_and_the_right_code_waits_too(max_: Person) -> None:
    code = _with_totp(max_)
    client = _at_the_stage(max_)
    assert not any(_signs_in(client, f"{guess:06d}") for guess in range(5) if f"{guess:06d}" != code())
    assert not _signs_in(client, code()), "five in five minutes: a guesser has 1 chance in 690 a day"
