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


@pytest.mark.parametrize("by", [_by_code, _by_refresh])
def test_o10_o11_side_by_side_one_wins_and_the_family_ends(
    signing_key: None, by: "Callable[[Client, Person], tuple[str, Callable[[str], Response]]]"
) -> None:
    owner = new_owner()
    client = Client(registered(owner))
    secret, ask = by(client, owner)

    def send(_: int) -> "Response":
        try:
            return ask(secret)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, range(4)))
    made = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(made) == 1
    assert api(made[0]["access_token"]).status_code == 401
