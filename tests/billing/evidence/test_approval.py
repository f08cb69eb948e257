"""Two people, and a passkey whose answer proves which pack was approved."""

import io
import secrets
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from allauth.core import context
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import AuditEvent
from billing.evidence import approval, packs, verify_pack
from billing.evidence.models import EvidencePack
from billing.evidence.preparing import void
from billing.evidence.signing import signature_of, signing_key
from tenants.guard import NotGranted
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.authenticators import SoftwarePasskey
from tests.billing.evidence.approving import Colleague, colleague
from tests.billing.evidence.estate import PAULA, built, disputed, grant_of
from tests.billing.evidence.test_building import again
from tests.committed import new_owner


@pytest.fixture
def anna(committed: None) -> Colleague:
    return colleague(f"Anna{secrets.token_hex(4)}")


@pytest.fixture
def pack(committed: None) -> EvidencePack:
    return built(disputed(new_owner(), calls=5))


def copy_of(pack: EvidencePack, path: Path) -> Path:
    with path.open("w+b") as out:
        approval.approved_copy(pack, out)
    return path


def wrong_in(pack: EvidencePack, path: Path) -> list[str]:
    expected = {"dispute": "dp_1", "manifest": pack.manifest_sha256}
    return verify_pack.problems(path, signing_key(pack.kid).public_key(), expected)


def test_the_pack_itself_proves_who_approved_it(anna: Colleague, pack: EvidencePack, tmp_path: Path) -> None:
    approved = anna.approves(pack)
    assert (approved.state, approved.approver) == ("approved", str(anna.user))
    assert wrong_in(approved, copy_of(approved, tmp_path / "pack.zip")) == []
    with org_scope(pack.org_id):
        [event] = AuditEvent.objects.filter(event="evidence:pack:approved")
        assert (event.actor_id, event.detail["manifest"]) == (str(anna.user.pk), pack.manifest_sha256)


def test_who_prepared_it_cannot_approve_it(anna: Colleague, pack: EvidencePack) -> None:
    with org_scope(pack.org_id), pytest.raises(ValidationError, match="You prepared"):
        approval.begin(grant_of(PAULA, Permission.DISPUTES_APPROVE), pack, anna.user, anna.session)
    with org_scope(pack.org_id), pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        EvidencePack.objects.filter(id=pack.id).update(approver_id=PAULA.id)
    assert again(pack).state == "ready"


def test_another_grant_approves_nothing(anna: Colleague, pack: EvidencePack) -> None:
    with org_scope(pack.org_id), pytest.raises(NotGranted):
        approval.begin(anna.may(Permission.DISPUTES_PREPARE), pack, anna.user, anna.session)


def test_no_row_says_approved_without_an_approval(pack: EvidencePack) -> None:
    with org_scope(pack.org_id), pytest.raises(IntegrityError, match="approved_by_somebody"), transaction.atomic():
        EvidencePack.objects.filter(id=pack.id).update(state="approved")


def test_the_passkey_of_somebody_else_is_refused(anna: Colleague, pack: EvidencePack) -> None:
    other = SoftwarePasskey(origin=anna.passkey.origin)
    with pytest.raises(ValidationError, match="did not answer"):
        anna.answers(pack, other.answer(anna.asked(pack)))
    assert again(pack).state == "ready"


def test_an_answer_counts_once_and_for_five_minutes(
    anna: Colleague, pack: EvidencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = anna.passkey.answer(anna.asked(pack))
    with monkeypatch.context() as later:
        now = time.time()
        later.setattr("billing.evidence.approval.time.time", lambda: now + 301)
        with pytest.raises(ValidationError, match="not in time"):
            anna.answers(pack, answer)
    with pytest.raises(ValidationError, match="did not answer"):
        anna.answers(pack, answer)
    assert again(pack).state == "ready"
    assert anna.approves(pack).state == "approved"


def test_an_answer_to_another_question_approves_nothing(anna: Colleague, pack: EvidencePack) -> None:
    """The session's challenge may be another page's: what was signed must be the manifest's."""
    anna.asked(pack)
    with context.request_context(anna.request()):
        options = auth.begin_authentication(anna.user)
    with pytest.raises(ValidationError, match="another question"):
        anna.answers(pack, anna.passkey.answer(options["publicKey"]["challenge"]))
    assert again(pack).state == "ready"


def test_a_pack_that_was_voided_or_built_anew_is_not_approved_by_an_older_answer(
    anna: Colleague, pack: EvidencePack
) -> None:
    answer = anna.passkey.answer(anna.asked(pack))
    with org_scope(pack.org_id):
        void(grant_of(PAULA, Permission.DISPUTES_PREPARE), pack.id, "A mistake.")
    with pytest.raises(ValidationError, match="void"):
        anna.answers(pack, answer)


def test_an_approval_cannot_be_given_to_somebody_else_later(anna: Colleague, pack: EvidencePack) -> None:
    anna.approves(pack)
    values: dict[str, Any]
    for values in ({"approver_id": "2"}, {"approval": {}}, {"approved_at": timezone.now()}):
        with org_scope(pack.org_id), pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
            EvidencePack.objects.filter(id=pack.id).update(**values)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"manifest": "0" * 64}, "it approves the manifest"),
        ({"approver": {"id": "2", "name": "Eve"}}, "another challenge"),
        ({"nonce": "x"}, "another challenge"),
        ({"case": "c"}, "another challenge"),
        ({"signature": "AAAA"}, "signature is not valid"),
        ({"rp_id": "evil.example"}, "another site"),
        ({"public_key": "x"}, "cannot be read"),
        ({"client_data": ""}, "cannot be read"),
    ],
)
def test_e01_a_changed_approval_is_found_even_if_our_key_signed_it(
    changes: dict[str, Any], said: str, anna: Colleague, pack: EvidencePack, tmp_path: Path
) -> None:
    approved = anna.approves(pack)
    content = rfc8785.dumps({**(approved.approval or {}), **changes})
    out = io.BytesIO()
    approved.approval = None
    approval.approved_copy(approved, out)
    with zipfile.ZipFile(out, "a") as archive:
        packs.add(archive, "approval.json", content)
        packs.add(archive, "approval.sig", signature_of("approval.json", content, signing_key(pack.kid)))
    (tmp_path / "pack.zip").write_bytes(out.getvalue())
    assert any(said in line for line in wrong_in(pack, tmp_path / "pack.zip"))


def test_e01_an_approval_our_key_did_not_sign_is_found(anna: Colleague, pack: EvidencePack, tmp_path: Path) -> None:
    approved = anna.approves(pack)
    out = io.BytesIO()
    content = rfc8785.dumps(approved.approval)
    approved.approval = None
    approval.approved_copy(approved, out)
    with zipfile.ZipFile(out, "a") as archive:
        packs.add(archive, "approval.json", content)
    (tmp_path / "pack.zip").write_bytes(out.getvalue())
    assert wrong_in(pack, tmp_path / "pack.zip") == ["approval.sig: missing"]
