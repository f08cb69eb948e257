"""An answer kept under an idempotency key opens for its own call, in its own organisation, and for nobody else's."""

import secrets
import uuid
from dataclasses import replace

import pytest

from audit.idempotency import KeyedCall, OtherRequest, answer_row, claim, keep_in_transaction, kept
from audit.models import KeptAnswer
from tenants.encryption import SealBroken
from tenants.scope import org_scope
from tests.people import Person


def _call(person: Person) -> KeyedCall:
    return KeyedCall(uuid.uuid4(), person.organization.id, (secrets.token_bytes(32),))


def _keep(call: KeyedCall, answer: bytes) -> None:
    with org_scope(call.org_id):
        keep_in_transaction(answer_row(call, answer))


def test_a_kept_answer_comes_back_to_its_call_and_to_no_other(olga: Person) -> None:
    call, other = _call(olga), _call(olga)
    _keep(call, b"mine")
    with org_scope(olga.organization.id):
        assert claim(call) == kept(call) == b"mine"
        assert claim(other) is None


def test_t12_another_organisation_finds_no_answer(olga: Person, eve: Person) -> None:
    call = _call(olga)
    _keep(call, b"mine")
    with org_scope(eve.organization.id), pytest.raises(KeptAnswer.DoesNotExist):
        kept(call)


@pytest.mark.parametrize("whose", ["olga", "eve"])
def test_t12_an_answer_moved_to_another_row_does_not_open(
    olga: Person, eve: Person, whose: str, request: pytest.FixtureRequest
) -> None:
    """As somebody might who can write rows but not seal them; the row's own answer is as good as any otherwise."""
    moved, place = _call(olga), _call(request.getfixturevalue(whose))
    sealed = answer_row(moved, b"theirs").sealed
    with org_scope(place.org_id):
        keep_in_transaction(replace(answer_row(place, b"mine"), sealed=sealed))
        with pytest.raises(SealBroken):
            kept(place)


def test_another_request_under_the_same_key_gets_no_answer(olga: Person) -> None:
    call = _call(olga)
    _keep(call, b"mine")
    another = replace(call, fingerprints=(secrets.token_bytes(32),))
    with org_scope(olga.organization.id):
        for ask in (claim, kept):
            with pytest.raises(OtherRequest):
                ask(another)


def test_a_retiring_secrets_fingerprint_still_counts(olga: Person) -> None:
    call = _call(olga)
    _keep(call, b"mine")
    with org_scope(olga.organization.id):
        assert kept(replace(call, fingerprints=(secrets.token_bytes(32), *call.fingerprints))) == b"mine"
