"""A pack is built from committed rows of one organisation, by a worker that may be killed."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ApiKey
from audit.models import AuditEvent
from billing.evidence import building, store, verify_pack
from billing.evidence.facts import Said
from billing.evidence.models import EvidencePack
from billing.evidence.preparing import request_pack, void
from billing.evidence.screening import Redacted, Screen, screen
from billing.evidence.signing import new_key, signing_key
from billing.evidence.tasks import sweep, work
from billing.payments.models import ChargeState
from billing.subscriptions import legal
from tenants.permissions import Permission
from tenants.scope import org_scope
from tenants.webhooks import endpoints
from tenants.webhooks.endpoints import EndpointRequest
from tenants.webhooks.kinds import WebhookEvent
from tenants.webhooks.models import Endpoint, Message
from tests.billing.evidence.estate import PAULA, Disputed, built, disputed, grant_of, more_calls
from tests.committed import new_owner
from tests.server import databases


@pytest.fixture
def one(committed: None) -> Disputed:
    return disputed(new_owner())


def contents(pack: EvidencePack) -> dict[str, bytes]:
    with zipfile.ZipFile(store.archive(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def again(pack: EvidencePack) -> EvidencePack:
    with org_scope(pack.org_id):
        found: EvidencePack = EvidencePack.objects.select_related("case").get(id=pack.id)
        return found


def requested(of: Disputed) -> EvidencePack:
    with org_scope(of.owner.organization.id):
        return request_pack(grant_of(PAULA, Permission.DISPUTES_PREPARE), of.case.id, Said(), as_of=timezone.now())


def test_a_pack_is_built_from_the_rows_and_verifies(one: Disputed) -> None:
    pack = built(one)
    assert (pack.state, pack.progress, pack.owed, pack.why, pack.error) == ("ready", 100, "", "", "")
    expected = {"org": str(pack.org_id), "dispute": "dp_1", "manifest": pack.manifest_sha256}
    assert verify_pack.problems(store.archive(pack), signing_key().public_key(), expected) == []
    rows = {entry["name"]: entry["rows"] for entry in pack.manifest["sources"]}
    assert rows["sources/calls.jsonl"] == rows["sources/usage.jsonl"] == 30
    assert rows["sources/charges.jsonl"] == rows["sources/invoices.jsonl"] == 3
    assert rows["sources/people.jsonl"] == rows["sources/visits.jsonl"] == 1
    assert rows["sources/checkouts.jsonl"] == 3
    assert pack.manifest["compelling_evidence"]["qualified"]
    prior = json.loads(contents(pack)["enhanced.json"])["visa_compelling_evidence_3"]["prior_undisputed_transactions"]
    assert [one["charge"] for one in prior] == ["ch_1", "ch_2"]
    said = contents(pack)["fields/access_activity_log.txt"].decode()
    assert "203.0.113.7 signed in" in said
    assert said.count(" dec_") == 30


def test_the_policies_are_those_that_were_accepted(committed: None) -> None:
    pack = built(disputed(new_owner(), reason="subscription_canceled"))
    assert pack.state == "ready"
    fields = {entry["field"] for entry in (*pack.manifest["texts"], *pack.manifest["files"])}
    assert {"cancellation_policy", "cancellation_policy_disclosure"} <= fields
    version = legal.present("cancellation").version
    said = contents(pack)["fields/cancellation_policy_disclosure.txt"].decode()
    assert said.startswith(f"Our cancellation policy, version {version}, was accepted")


def test_each_step_is_recorded_with_who_asked(one: Disputed) -> None:
    built(one)
    with org_scope(one.owner.organization.id):
        events = AuditEvent.objects.filter(event__startswith="evidence:").order_by("created_at")
        assert [(event.event, event.actor_label) for event in events] == [
            ("evidence:pack:requested", "Paula Preparer"),
            ("evidence:pack:built", "Evidence"),
        ]


def test_who_asks_for_it_is_told_that_the_evidence_is_ready(one: Disputed) -> None:
    wanted = EndpointRequest("https://hooks.invalid/", [WebhookEvent.DISPUTE_EVIDENCE_READY])
    with org_scope(one.owner.organization.id):
        endpoints.create(one.owner.may(Permission.WEBHOOKS_CHANGE), wanted)
    pack = built(one)
    with org_scope(one.owner.organization.id):
        told = json.loads(Message.objects.get().body)
        Endpoint.objects.update(disabled_at=timezone.now())
        Message.objects.all().delete()
    assert (told["type"], told["data"]["pack_id"]) == ("dispute.evidence_ready", str(pack.id))


def test_e02_no_other_tenants_row_no_card_no_secret_and_no_third_person_leaves(one: Disputed) -> None:
    other = disputed(new_owner(), "dp_other")
    with org_scope(other.owner.organization.id):
        ApiKey.objects.create(name="canary of globex", scopes=[], created_by=other.owner.user)
    with org_scope(one.owner.organization.id):
        named(one, "card 4242 4242 4242 4242")
        secret = "tg_" + "live_" + one.owner.key()[1].split("_")[-1]
        named(one, f"password={secret}"[:80])
        ChargeState.objects.filter(stripe_id="ch_3").update(description="for dave@fourth.example +49 30 901820")
    pack = built(one)
    assert (pack.state, pack.why) == ("ready", "")
    everything = b"".join(contents(pack).values())
    files = [store.folder(pack.org_id, pack.id) / "checkpoint" / name for name in ("facts.json", "keys.jsonl")]
    everything += b"".join(path.read_bytes() for path in files)
    assert one.owner.user.email.encode() in everything
    for canary in (
        str(other.owner.organization.id),
        other.owner.organization.name,
        other.owner.user.email,
        "canary of globex",
        "dp_other",
        "4242 4242",
        secret,
        "bob.builder",
        "Bob Builder",
        "carol@third",
        "dave@fourth",
        "901820",
    ):
        assert canary.encode() not in everything, canary
    assert pack.manifest["redactions"]["kinds"]["EMAIL"] == 2


def test_e04_what_is_written_later_changes_nothing(one: Disputed) -> None:
    pack = requested(one)
    more_calls(one, 5)
    with org_scope(pack.org_id):
        work(str(pack.org_id), str(pack.id))
    pack = again(pack)
    assert pack.manifest["sources"][0]["rows"] == 30
    first = store.archive(pack).read_bytes()
    store.keep_archive(pack, lambda out: out.write(b""))  # the archive is lost, the checkpoint is not
    with org_scope(pack.org_id):
        ChargeState.objects.update(description="changed meanwhile")
    assert rebuilt(pack) == first


def named(of: Disputed, name: str) -> None:
    """Give the organisation a key of a name that no form would take, as an older row may have it."""
    key = ApiKey.objects.create(name="key", scopes=[], created_by=of.owner.user)
    ApiKey.objects.filter(id=key.id).update(name=name)


def rebuilt(pack: EvidencePack) -> bytes:
    """Build once more from the checkpoint, past the row that says it is done."""
    with org_scope(pack.org_id):
        building.build(pack)
    return (store.folder(pack.org_id, pack.id) / "pack.zip").read_bytes()


KILLED = """
import os, sys, uuid
import django; django.setup()
from billing.evidence import building, store, tasks
where = {"gather": building, "compose": building, "write": building}[sys.argv[3]]
true = getattr(where, sys.argv[3])
def killed(*args):
    result = true(*args)
    os.kill(os.getpid(), 9)
setattr(where, sys.argv[3], killed)
tasks.work(sys.argv[1], sys.argv[2])
"""


@pytest.mark.parametrize("step", ["gather", "compose", "write"])
def test_e04_killed_at_any_step_and_begun_again_it_makes_the_same_bytes(step: str, one: Disputed) -> None:
    pack = requested(one)
    environment = os.environ | databases() | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", KILLED, str(pack.org_id), str(pack.id), step]
    died = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert again(pack).state == "building"
    assert not work(str(pack.org_id), str(pack.id))  # the lease of the dead one
    more_calls(one, 5)
    with org_scope(pack.org_id):
        EvidencePack.objects.filter(id=pack.id).update(due_at=timezone.now())
    assert work(str(pack.org_id), str(pack.id))
    pack = again(pack)
    assert (pack.state, pack.manifest["sources"][0]["rows"]) == ("ready", 30)
    assert rebuilt(pack) == store.archive(pack).read_bytes()
    assert list(store.folder(pack.org_id, pack.id).glob(".*.zip")) == []


def test_the_sweep_finds_what_is_due_and_nothing_else(one: Disputed, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = requested(one)
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(work, "apply_async", lambda ids, retry: asked.append(ids))
    assert (str(pack.org_id), str(pack.id)) in asked or sweep() >= 1
    assert (str(pack.org_id), str(pack.id)) in asked
    asked.clear()
    assert work(str(pack.org_id), str(pack.id))
    sweep()
    assert (str(pack.org_id), str(pack.id)) not in asked


def test_a_screen_that_fails_stops_the_build_which_is_tried_again(
    one: Disputed, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = requested(one)

    def broken() -> None:
        raise RuntimeError("the model does not load")

    with monkeypatch.context() as patched:
        patched.setattr(building, "screen", broken)
        work(str(pack.org_id), str(pack.id))
    pack = again(pack)
    assert (pack.state, pack.attempts) == ("building", 1)
    assert "the model does not load" in pack.error
    assert pack.due_at is not None
    assert pack.due_at > timezone.now()


class Leaky:
    """A screen that takes nothing out: what the gate is for."""

    def __init__(self, true: Screen) -> None:
        self.version, self.forbidden = true.version, true.forbidden

    def redact(self, texts: Sequence[str], own: Collection[str]) -> Redacted:
        return Redacted(tuple(texts), {})


def test_e02_what_was_not_taken_out_voids_the_pack(one: Disputed, monkeypatch: pytest.MonkeyPatch) -> None:
    with org_scope(one.owner.organization.id):
        named(one, "card 4242 4242 4242 4242")
    leaky = Leaky(screen())
    monkeypatch.setattr(building, "screen", lambda: leaky)
    pack = built(one)
    assert pack.state == "void"
    assert "holds CARD" in pack.why
    assert "4242" not in pack.why
    with pytest.raises(store.Broken):
        store.archive(pack)


def test_asking_anew_voids_the_former_pack(one: Disputed) -> None:
    first, second = built(one), built(one, Said(statement="We add this."))
    assert (again(first).state, again(first).why) == ("void", "Another one was asked for.")
    assert second.state == "ready"
    assert b"We add this." in contents(second)["fields/uncategorized_text.txt"]


def test_a_pack_that_was_voided_meanwhile_does_not_become_ready(one: Disputed) -> None:
    pack = requested(one)
    with org_scope(pack.org_id):
        void(grant_of(PAULA, Permission.DISPUTES_PREPARE), pack.id, "Not yet.")
        building.build(pack)
    assert again(pack).state == "void"
    assert not work(str(pack.org_id), str(pack.id))


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"PK")])
def test_e01_an_archive_that_was_touched_is_not_given_out(damage: Callable[[Path], Any], one: Disputed) -> None:
    pack = built(one)
    damage(store.archive(pack))
    with pytest.raises(store.Broken):
        store.members(pack, ["manifest.json"])


@pytest.mark.parametrize(
    "values",
    [{"manifest_sha256": "0" * 64}, {"as_of": timezone.now()}, {"said": {}}, {"manifest": {}}, {"preparer_id": "x"}],
    ids=lambda values: next(iter(values)),
)
def test_what_is_built_cannot_be_changed_in_its_row(values: dict[str, Any], one: Disputed) -> None:
    pack = built(one)
    with org_scope(pack.org_id), pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
        EvidencePack.objects.filter(id=pack.id).update(**values)


def test_a_compliance_case_is_answered_once_its_fee_is_agreed_to(one: Disputed) -> None:
    cases = type(one.case).objects
    with org_scope(one.owner.organization.id):
        cases.update(case_type="compliance", network_reason_code="98.1")
        with pytest.raises(ValidationError, match="two people"):
            requested(one)
        assert not EvidencePack.objects.exists()
        cases.update(fee_acknowledged_at=timezone.now())
    enhanced = json.loads(contents(built(one))["enhanced.json"])
    assert enhanced == {"visa_compliance": {"fee_acknowledged": True}}


def test_a_void_pack_stays_void(one: Disputed) -> None:
    pack = built(one)
    with org_scope(pack.org_id):
        void(grant_of(PAULA, Permission.DISPUTES_PREPARE), pack.id, "Wrong.")
        with pytest.raises(IntegrityError), transaction.atomic():
            EvidencePack.objects.filter(id=pack.id).update(state="ready")


def test_an_older_pack_is_verified_by_the_key_that_signed_it(one: Disputed) -> None:
    pack = built(one)
    new_key()
    assert signing_key().public_key() != signing_key(pack.kid).public_key()
    assert verify_pack.problems(store.archive(pack), signing_key(pack.kid).public_key(), {}) == []


def test_the_manifest_on_the_row_is_the_one_in_the_pack(one: Disputed) -> None:
    pack = built(one)
    assert json.loads(contents(pack)["manifest.json"]) == pack.manifest
