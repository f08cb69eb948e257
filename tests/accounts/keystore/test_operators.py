"""Operators see where each signing key stands, and replace one after a page that says what happens."""

import pytest

from accounts.keystore import rotation
from accounts.keystore.models import SigningKey
from tests.people import Browser, Person, new_person, passkey_of, signed_in

LIST = "/operator/keystore/signingkey/"


@pytest.fixture
def operator(db: None) -> Browser:
    user = new_person("operator@tidegate.example", "Opal")
    user.is_staff = user.is_superuser = True
    user.save()
    client = signed_in(user)
    client.prove(user, passkey_of(user))
    rotation.keep_up()
    return client


def _ask(client: Browser, action: str, kid: str, **more: str) -> str:
    answer = client.post(LIST, {"action": action, "_selected_action": [kid], **more}, follow=True)
    return answer.content.decode()


def test_the_page_shows_state_and_age(operator: Browser) -> None:
    page = operator.get(LIST).content.decode()
    key = SigningKey.objects.get()
    assert key.kid in page
    assert "active" in page


def test_a_key_is_rotated_after_a_page_that_says_so(operator: Browser) -> None:
    kid = SigningKey.objects.get().kid
    assert "signs in 10 minutes" in _ask(operator, "rotate", kid)
    assert SigningKey.objects.count() == 1
    assert "signs from" in _ask(operator, "rotate", kid, confirm="yes")
    assert [phase.state.value for phase in rotation.phases()] == ["next", "active"]


def test_a_key_is_revoked_after_a_page_that_says_so(operator: Browser) -> None:
    kid = SigningKey.objects.get().kid
    assert "This cannot be undone" in _ask(operator, "revoke_now", kid)
    assert SigningKey.objects.get().revoked_at is None
    assert f"Key {kid} is revoked" in _ask(operator, "revoke_now", kid, confirm="yes")
    former = SigningKey.objects.get(kid=kid)
    signer = rotation.active()
    assert former.revoked_at is not None
    assert signer is not None
    assert signer.kid != kid


def test_nobody_else_opens_it(operator: Browser, olga: Person) -> None:
    assert olga.browser().get(LIST).status_code == 302
    kid = SigningKey.objects.get().kid
    olga.browser().post(LIST, {"action": "revoke_now", "_selected_action": [kid], "confirm": "yes"})
    assert SigningKey.objects.get(kid=kid).revoked_at is None
