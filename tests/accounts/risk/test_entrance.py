"""The entrance under fire: wrong passwords and visitors without end."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from tests.people import PASSWORD, Person, new_client

pytestmark = pytest.mark.django_db
TRIES = 12


def refused(number: int, email: str, password: str = "wrong-battery-staple", **meta: str) -> bool:
    """Try to sign in; tells whether the answer was that there were too many tries."""
    answer = new_client().post(reverse("account_login"), {"login": email, "password": password}, **meta)  # type: ignore[arg-type]  # the environ
    return answer.status_code == 429 or b"Too many failed" in answer.content


def test_n02_an_invented_forwarded_address_earns_no_further_try(max_: Person) -> None:
    tried = [refused(n, max_.user.email, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}") for n in range(TRIES)]
    assert tried[-1]


def test_n02_many_addresses_share_the_tries_of_one_account(max_: Person) -> None:
    tried = [refused(n, max_.user.email, REMOTE_ADDR=f"198.51.100.{n}") for n in range(TRIES)]
    assert tried[-1]


def test_n02_a_success_in_between_does_not_clear_the_counter(max_: Person, eve: Person) -> None:
    tried = []
    for n in range(TRIES):
        tried.append(refused(n, max_.user.email, REMOTE_ADDR="198.51.100.7"))
        refused(n, eve.user.email, PASSWORD, REMOTE_ADDR="198.51.100.7")
    assert tried[-1]


def test_s06_visitors_and_failures_make_no_sessions(max_: Person) -> None:
    pages = [
        reverse(name) for name in ("account_login", "account_signup", "account_reset_password", "home", "keys_list")
    ]
    before = Session.objects.count()
    for n in range(20):
        for page in pages:
            new_client().get(page, REMOTE_ADDR=f"203.0.113.{n}")
        refused(n, f"nobody{n}@example.com", REMOTE_ADDR=f"203.0.113.{n}")
    assert Session.objects.count() == before
