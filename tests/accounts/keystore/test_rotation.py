"""Whatever a verifier holds that it may hold, it can verify what was signed; and nobody signs with what is revoked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from accounts.keystore import rotation, stores, tokens
from accounts.keystore.file_store import FileKeyStore
from accounts.keystore.jwks import as_jwk
from accounts.keystore.models import SigningKey, State
from accounts.keystore.protocol import KeyStoreError
from accounts.keystore.rotation import (
    JWKS_MAX_AGE,
    SIGNS_FOR,
    SLACK,
    TOKEN_LIFE,
    active,
    keep_up,
    phases,
    revoke,
    rotate,
)

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a key store of its own."""
    store = FileKeyStore(tmp_path, "a-password-of-the-tests-only-0123456789")
    stores.key_store.cache_clear()
    monkeypatch.setattr(rotation, "key_store", lambda: store)
    monkeypatch.setattr(tokens, "key_store", lambda: store)
    tokens._active_kid.cache_clear()
    return tmp_path


def _published(at: datetime) -> set[str]:
    return {phase.key.kid for phase in phases(at) if phase.is_published}


def _signer(at: datetime) -> str:
    key = active(at)
    assert key is not None
    return key.kid


def test_the_first_key_signs_at_once() -> None:
    assert active(START) is None
    keep_up(START)
    assert _published(START) == {_signer(START)}


def test_a_token_verifies_with_every_jwks_a_verifier_may_hold() -> None:
    """Through two scheduled rotations, minute by minute around them."""
    moments: list[tuple[datetime, str, set[str]]] = []
    around = [START + turn * SIGNS_FOR + minute * MINUTE for turn in range(3) for minute in range(-40, 60)]
    for at in filter(START.__le__, around):
        keep_up(at)
        moments.append((at, _signer(at), _published(at)))
    assert len({signer for _, signer, _ in moments}) == 3
    for signed_at, signer, _ in moments:
        for fetched_at, _, held in moments:
            if signed_at - JWKS_MAX_AGE <= fetched_at <= signed_at + TOKEN_LIFE + SLACK:
                assert signer in held, f"signed {signed_at}, fetched {fetched_at}"


def test_states_follow_each_other_and_an_old_key_is_destroyed(folder: Path) -> None:
    keep_up(START)
    first = _signer(START)
    due = START + SIGNS_FOR
    keep_up(due - timedelta(minutes=5))
    states = [phase.state for phase in phases(due - timedelta(minutes=5))]
    assert states == [State.NEXT, State.ACTIVE]
    later = due + timedelta(minutes=6)
    keep_up(later)
    assert [phase.state for phase in phases(later)] == [State.ACTIVE, State.RETIRING]
    assert (folder / f"{first}.key").exists()
    keep_up(later + timedelta(hours=1))
    assert [phase.state for phase in phases(later + timedelta(hours=1))] == [State.ACTIVE, State.RETIRED]
    assert not (folder / f"{first}.key").exists()


def test_rotating_twice_makes_one_next_key() -> None:
    keep_up(START)
    assert rotate(START + MINUTE).kid == rotate(START + 2 * MINUTE).kid
    assert SigningKey.objects.count() == 2


@pytest.mark.parametrize("with_next", [False, True])
def test_a_revoked_key_neither_signs_nor_is_published_and_another_signs_at_once(with_next: bool) -> None:
    keep_up(START)
    former = _signer(START)
    following = rotate(START + MINUTE).kid if with_next else None
    at = START + 3 * MINUTE
    made = revoke(former, at)
    assert former not in _published(at)
    assert _signer(at) == made.kid != former
    assert following in {None, made.kid}
    keep_up(at)
    assert SigningKey.objects.get(kid=former).destroyed_at == at


def test_revoking_the_active_key_does_not_bring_back_its_predecessor() -> None:
    keep_up(START)
    keep_up(START + SIGNS_FOR)
    at = START + SIGNS_FOR + timedelta(minutes=20)
    old, current = sorted(SigningKey.objects.values_list("kid", "signs_from"), key=lambda one: one[1])
    revoke(current[0], at)
    assert _signer(at) not in {old[0], current[0]}


def test_a_next_key_that_is_revoked_never_signs() -> None:
    keep_up(START)
    signer = _signer(START)
    following = rotate(START + MINUTE)
    revoke(following.kid, START + 2 * MINUTE)
    assert _signer(START + timedelta(days=1)) == signer


def test_the_jwks_verifies_a_token_of_ours_and_says_how_long_it_holds() -> None:
    keep_up()
    token = tokens.signed({"sub": "someone", "exp": 4_000_000_000}, "at+jwt")
    answer = Client().get("/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    read = jwt.decode(token, KeySet.import_key_set(answer.json()), algorithms=["ES256"])
    assert read.claims["sub"] == "someone"
    assert read.header["typ"] == "at+jwt"
    assert set(as_jwk(SigningKey.objects.get())) == {"kty", "crv", "use", "alg", "kid", "x", "y"}


def test_nothing_is_signed_without_a_key() -> None:
    with pytest.raises(KeyStoreError):
        tokens.signed({}, "at+jwt")
