"""The same code, or the same refresh token, several times at once: over connections of their own, so committed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from accounts.keystore import rotation
from accounts.keystore import tokens as signing
from accounts.keystore.models import SigningKey
from accounts.oauth import verifying
from tests.accounts.oauth.conftest import Client, api, registered
from tests.accounts.oauth.holder import Holder
from tests.committed import new_owner
from tests.people import Person

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


def _by_code(client: Client, owner: Person) -> "tuple[str, Callable[[str], Response]]":
    return client.code(owner), client.exchange


def _by_refresh(client: Client, owner: Person) -> "tuple[str, Callable[[str], Response]]":
    return client.tokens(owner)["refresh_token"], client.refresh


@pytest.fixture
def signing_key(committed: None) -> Iterator[None]:
    """Have a key that signs, committed for as long as the test runs."""
    signing._active_kid.cache_clear()
    verifying._published.cache_clear()
    rotation.keep_up()
    yield
    SigningKey.objects.all().delete()
    signing._active_kid.cache_clear()
    verifying._published.cache_clear()


def at_once(ask: "Callable[[], Response]") -> "list[Response]":
    """Return the answers to the same request, sent from four threads."""

    def send(_: int) -> "Response":
        try:
            return ask()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(send, range(4)))


@pytest.mark.parametrize("by", [_by_code, _by_refresh])
def test_o10_o11_side_by_side_one_wins_and_the_family_ends(
    signing_key: None, by: "Callable[[Client, Person], tuple[str, Callable[[str], Response]]]"
) -> None:
    owner = new_owner()
    client = Client(registered(owner))
    secret, ask = by(client, owner)
    answers = at_once(lambda: ask(secret))
    made = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(made) == 1
    assert api(made[0]["access_token"]).status_code == 401


def test_o13_of_one_proof_side_by_side_one_request_is_let_in(signing_key: None) -> None:
    owner, holder = new_owner(), Holder()
    client = Client(registered(owner))
    token = holder.exchange(client, client.code(owner)).json()["access_token"]
    proof = holder.proof("GET", "/v1/me", token)
    answers = at_once(lambda: holder.call(token, "/v1/me", proof))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
