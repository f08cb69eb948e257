"""An approved pack is staged, read back and submitted once, whatever dies or gets lost on the way."""

import ast
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.disputes.models import DisputeCase
from billing.evidence import disputing, store
from billing.evidence.facts import Said
from billing.evidence.models import EvidencePack, Submission
from billing.evidence.preparing import request_pack, void
from billing.evidence.submitting import ask, submit
from billing.evidence.tasks import work
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.billing.evidence.approving import Colleague, colleague
from tests.billing.evidence.estate import PAULA, built, disputed, grant_of
from tests.billing.evidence.test_building import again
from tests.billing.peer import KEY, Peer
from tests.committed import new_owner
from tests.server import databases

Work = EvidencePack.Work


@pytest.fixture
def anna(committed: None) -> Colleague:
    return colleague(f"Anna{secrets.token_hex(4)}")


@pytest.fixture
def pack(committed: None, stripe: Peer) -> EvidencePack:
    """A pack that is ready, about a dispute there is at the simulated Stripe."""
    asked = {"amount": 4_900, "confirm": True, "currency": "usd", "payment_method": "pm_card_createDispute"}
    intent = stripe.v1.payment_intents.create(asked)
    [dispute] = stripe.v1.disputes.list({"payment_intent": intent.id}).data
    return built(disputed(new_owner(), dispute.id, calls=5))


def at_stripe(stripe: Peer, pack: EvidencePack) -> Any:  # noqa: ANN401 (an SDK object)
    return stripe.v1.disputes.retrieve(pack.case.stripe_id)


def due(pack: EvidencePack) -> EvidencePack:
    """Let the work be due that waits, do it, and return the pack."""
    with org_scope(pack.org_id):
        EvidencePack.objects.filter(id=pack.id).exclude(owed="").update(due_at=timezone.now())
        work(str(pack.org_id), str(pack.id))
    return again(pack)


def count(stripe: Peer, pack: EvidencePack) -> int:
    found: int = at_stripe(stripe, pack).evidence_details.submission_count
    return found


def test_an_approved_pack_is_staged_read_back_and_submitted_once(
    anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    staged = anna.sends(anna.approves(pack), Work.STAGE)
    assert (staged.state, staged.error) == ("staged", "")
    held = at_stripe(stripe, pack)
    assert (held.status, held.evidence_details.submission_count) == ("needs_response", 0)
    said = store.members(staged, ["fields/access_activity_log.txt", "files/receipt.pdf"])
    assert held.evidence.access_activity_log.encode() == said["fields/access_activity_log.txt"]
    assert stripe.v1.files.retrieve(held.evidence.receipt).size == len(said["files/receipt.pdf"])
    sent = anna.sends(staged, Work.SUBMIT)
    assert (sent.state, sent.error, count(stripe, pack)) == ("submitted", "", 1)
    with org_scope(pack.org_id):
        submission = Submission.objects.get()
        assert submission.key == f"dispute-submit:{pack.case.stripe_id}:{pack.manifest_sha256}"
        assert submission.finished_at is not None


def test_nothing_is_sent_that_was_not_approved_or_not_staged(anna: Colleague, pack: EvidencePack, stripe: Peer) -> None:
    for step in (Work.STAGE, Work.SUBMIT):
        with pytest.raises(ValidationError):
            anna.sends(pack, step)
    with pytest.raises(ValidationError):
        anna.sends(anna.approves(pack), Work.SUBMIT)
    assert not at_stripe(stripe, pack).evidence_details.has_evidence


@pytest.mark.usefixtures("impatient")
def test_an_answer_that_is_lost_is_asked_for_and_nothing_is_sent_twice(
    anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    staged = anna.sends(anna.approves(pack), Work.STAGE)
    stripe.sandbox.chaos.set({"lose": 1})
    waiting = anna.sends(staged, Work.SUBMIT)
    assert (waiting.state, waiting.owed, waiting.attempts) == ("staged", "submit", 1)
    done = due(waiting)
    assert (done.state, count(stripe, pack)) == ("submitted", 1)
    assert due(done).state == "submitted"


@pytest.mark.usefixtures("impatient")
def test_answers_lost_while_staging_leave_one_file_a_field(anna: Colleague, pack: EvidencePack, stripe: Peer) -> None:
    stripe.sandbox.chaos.set({"lose": 1})
    waiting = anna.sends(anna.approves(pack), Work.STAGE)
    assert (waiting.state, waiting.owed, waiting.attempts) == ("approved", "stage", 1)
    assert due(waiting).state == "staged"
    files = stripe.v1.files.list({"limit": 100}).data
    assert len(files) == len(pack.manifest["files"])


KILLED = """
import os, sys
import django; django.setup()
from django.conf import settings
settings.STRIPE_SANDBOX_URL, settings.STRIPE_SECRET_KEY = sys.argv[4:]
from billing.evidence import submitting, tasks
true = submitting.answer
def killed(params, key, *, submit):
    result = true(params, key, submit=submit) if sys.argv[3] == "after" else None
    os.kill(os.getpid(), 9)
submitting.answer = killed
tasks.work(sys.argv[1], sys.argv[2])
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", [Work.STAGE, Work.SUBMIT])
def test_killed_before_or_after_the_request_it_is_sent_once(
    when: str, step: "EvidencePack.Work", anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    ready = anna.approves(pack)
    if step == Work.SUBMIT:
        ready = anna.sends(ready, Work.STAGE)
    with org_scope(pack.org_id):
        ask(anna.may(Permission.DISPUTES_APPROVE), pack.id, step)
    environment = os.environ | databases() | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", KILLED, str(pack.org_id), str(pack.id), when, stripe.sandbox.url, KEY]
    died = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    done = due(ready)
    assert (done.error, done.state) == ("", "staged" if step == Work.STAGE else "submitted")
    assert count(stripe, pack) == (step == Work.SUBMIT)


@pytest.mark.usefixtures("impatient")
def test_an_answer_sent_just_before_the_deadline_and_asked_for_after_it_is_sent(
    anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    staged = anna.sends(anna.approves(pack), Work.STAGE)
    stripe.sandbox.chaos.set({"lose": 1})
    waiting = anna.sends(staged, Work.SUBMIT)
    assert waiting.owed == "submit"
    with org_scope(pack.org_id):
        DisputeCase.objects.update(due_at=timezone.now(), missed="The pack was staged and not submitted.")
    done = due(waiting)
    assert (done.error, done.state, done.case.state, count(stripe, pack)) == ("", "submitted", "submitted", 1)
    assert not done.case.missed


def another(anna: Colleague, of: EvidencePack) -> EvidencePack:
    """Build another pack for the dispute, and have it approved and staged."""
    with org_scope(of.org_id):
        made = request_pack(grant_of(PAULA, Permission.DISPUTES_PREPARE), of.case_id, Said(statement="Once more."))
        work(str(of.org_id), str(made.id))
    return anna.sends(anna.approves(again(made)), Work.STAGE)


def test_what_somebody_changed_at_stripe_is_not_submitted_and_another_pack_is(
    anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    staged = anna.sends(anna.approves(pack), Work.STAGE)
    changed = {"evidence": {"customer_name": "Somebody else"}, "submit": False}
    stripe.v1.disputes.update(pack.case.stripe_id, changed)
    ended = anna.sends(staged, Work.SUBMIT)
    assert (ended.state, ended.owed, ended.case.state, count(stripe, pack)) == ("void", "", "drafting", 0)
    assert "customer_name" in ended.why
    sent = anna.sends(another(anna, pack), Work.SUBMIT)
    assert (sent.state, sent.error, count(stripe, pack)) == ("submitted", "", 1)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1])])
def test_a_pack_whose_archive_is_gone_or_changed_leaves_the_way_to_the_next_one(
    spoil: Callable[[Path], object], anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    staged = anna.sends(anna.approves(pack), Work.STAGE)
    spoil(store.archive(staged))
    ended = anna.sends(staged, Work.SUBMIT)
    assert (ended.state, ended.owed, count(stripe, pack)) == ("void", "", 0)
    sent = anna.sends(another(anna, pack), Work.SUBMIT)
    assert (sent.state, sent.error, count(stripe, pack)) == ("submitted", "", 1)
    with org_scope(pack.org_id):
        assert Submission.objects.get().pack_id == sent.id


def begun(pack: EvidencePack, finished: bool) -> None:
    """Leave the row of a submission behind, and its pack void."""
    with org_scope(pack.org_id):
        void(grant_of(PAULA, Permission.DISPUTES_PREPARE), pack.id, "It is not what it should be.")
        at = timezone.now() if finished else None
        Submission.objects.create(case=pack.case, case_type="chargeback", pack=pack, key="former", finished_at=at)


def test_a_worker_that_was_held_up_sends_nothing_of_a_pack_that_is_void_by_now(
    anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    staged = anna.sends(anna.approves(pack), Work.STAGE)
    with org_scope(pack.org_id):
        void(grant_of(PAULA, Permission.DISPUTES_PREPARE), pack.id, "It is not what it should be.")
        submit(staged)
        assert not Submission.objects.exists()
    assert count(stripe, pack) == 0


def test_the_row_of_a_void_pack_that_stripe_never_got_is_taken_over(
    anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    begun(pack, finished=False)
    sent = anna.sends(another(anna, pack), Work.SUBMIT)
    assert (sent.state, count(stripe, pack)) == ("submitted", 1)
    with org_scope(pack.org_id):
        kept = Submission.objects.get()
    assert (kept.pack_id, kept.key, kept.finished_at is not None) == (
        sent.id,
        f"dispute-submit:{pack.case.stripe_id}:{sent.manifest_sha256}",
        True,
    )


def test_where_another_pack_was_submitted_nothing_is_sent(anna: Colleague, pack: EvidencePack, stripe: Peer) -> None:
    begun(pack, finished=True)
    ended = anna.sends(another(anna, pack), Work.SUBMIT)
    assert (ended.state, ended.why) == ("void", "Another pack was submitted for this dispute.")
    assert count(stripe, pack) == 0


def test_a_void_pack_that_stripe_got_all_the_same_keeps_its_place(
    anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    begun(pack, finished=False)
    staged = another(anna, pack)
    stripe.v1.disputes.update(pack.case.stripe_id, {"submit": True})
    ended = anna.sends(staged, Work.SUBMIT)
    assert (ended.state, count(stripe, pack)) == ("void", 1)
    with org_scope(pack.org_id):
        assert Submission.objects.get().pack_id == pack.id


def test_what_another_pack_staged_is_emptied(anna: Colleague, pack: EvidencePack, stripe: Peer) -> None:
    stripe.v1.disputes.update(
        pack.case.stripe_id, {"evidence": {"refund_refusal_explanation": "of another pack"}, "submit": False}
    )
    assert anna.sends(anna.approves(pack), Work.STAGE).state == "staged"
    assert not at_stripe(stripe, pack).evidence.refund_refusal_explanation


def test_e01_an_archive_that_was_changed_after_the_approval_is_not_sent(
    anna: Colleague, pack: EvidencePack, stripe: Peer
) -> None:
    approved = anna.approves(pack)
    path = store.archive(approved)
    path.write_bytes(path.read_bytes().replace(b"Acme", b"Evil"))
    gone = anna.sends(approved, Work.STAGE)
    assert gone.state == "void"
    assert gone.why.startswith("Not what was approved")
    assert not at_stripe(stripe, pack).evidence_details.has_evidence


def test_a_case_is_submitted_by_one_pack_only(anna: Colleague, pack: EvidencePack, stripe: Peer) -> None:
    staged = anna.sends(anna.approves(pack), Work.STAGE)
    sent = anna.sends(staged, Work.SUBMIT)
    with org_scope(pack.org_id):
        with pytest.raises(IntegrityError, match="submission_once"), transaction.atomic():
            Submission.objects.create(case=pack.case, case_type=pack.case.case_type, pack=pack, key="another")
        with pytest.raises(ValidationError, match="cannot be taken back"):
            void(grant_of(PAULA, Permission.DISPUTES_PREPARE), sent.id, "Too late.")
    with pytest.raises(ValidationError):
        anna.sends(sent, Work.SUBMIT)


def test_an_update_says_whether_it_submits(pack: EvidencePack, stripe: Peer) -> None:
    params = {"dispute": pack.case.stripe_id, "evidence": {"customer_name": "Ada"}}
    with pytest.raises(TypeError):
        disputing.answer(params | {"submit": False}, "key")  # type: ignore[call-arg]  # that is the point
    with pytest.raises(ValueError, match="something else about submitting"):
        disputing.answer(params | {"submit": True}, "key", submit=False)
    with pytest.raises(KeyError):
        disputing.answer(params, "key", submit=False)
    assert count(stripe, pack) == 0


UPDATES = ("disputes.update", "disputes.update_async", "Dispute.modify", "Dispute.modify_async")


def test_nothing_else_updates_a_dispute() -> None:
    """An update that does not say `submit` is the one submission: so there is one place that makes any."""
    sources = [path for path in Path(settings.BASE_DIR, "billing").rglob("*.py") if "sandbox" not in path.parts]
    found = [
        path.relative_to(settings.BASE_DIR).as_posix()
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(UPDATES)
    ]
    assert found == ["billing/evidence/disputing.py"]
