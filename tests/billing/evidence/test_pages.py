"""The desk's pages of evidence, by two people of finance at their browsers."""

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing.evidence import verify_pack
from billing.evidence.models import EvidencePack
from billing.evidence.signing import signing_key
from billing.evidence.tasks import work
from tenants.scope import org_scope
from tests.authenticators import SoftwarePasskey
from tests.billing.evidence.estate import Disputed, disputed
from tests.billing.evidence.test_building import again
from tests.billing.peer import Peer
from tests.committed import new_owner
from tests.people import Browser, new_staff, passkey_of


@dataclass
class Desk:
    """Somebody of finance, their browser and their passkey."""

    client: Browser
    passkey: SoftwarePasskey

    def url(self, name: str, pack: EvidencePack, *more: str) -> str:
        return reverse(name, args=[pack.org_id, pack.case_id, pack.id, *more])

    def opens(self, name: str, pack: EvidencePack, *more: str) -> str:
        response = self.client.get(self.url(name, pack, *more), follow=True)
        assert response.status_code == 200
        return response.content.decode()

    def sends(self, name: str, pack: EvidencePack, **data: str) -> str:
        response = self.client.post(self.url(name, pack), data, follow=True)
        assert response.status_code == 200
        return response.content.decode()

    def approves(self, pack: EvidencePack) -> str:
        page = self.opens("evidence_approve", pack)
        found = re.search(r'<script id="evidence_request" type="application/json">(.*?)</script>', page)
        assert found is not None, page
        answer = self.passkey.answer(json.loads(found[1])["request_options"]["publicKey"]["challenge"])
        return self.sends("evidence_approve", pack, assertion=json.dumps(answer))


def at_the_desk(name: str) -> Desk:
    staff = new_staff(f"{name}{secrets.token_hex(4)}@tidegate.example", name)
    passkey = SoftwarePasskey(origin=settings.BASE_URL)
    passkey_of(staff.user, passkey)
    return Desk(staff.browser(), passkey)


@pytest.fixture
def fiona(committed: None) -> Desk:
    return at_the_desk("Fiona")


@pytest.fixture
def frank(committed: None) -> Desk:
    return at_the_desk("Frank")


@pytest.fixture
def one(committed: None, stripe: Peer) -> Disputed:
    asked = {"amount": 4_900, "confirm": True, "currency": "usd", "payment_method": "pm_card_createDispute"}
    intent = stripe.v1.payment_intents.create(asked)
    [dispute] = stripe.v1.disputes.list({"payment_intent": intent.id}).data
    return disputed(new_owner(), dispute.id, calls=5)


def worked(pack: EvidencePack) -> EvidencePack:
    with org_scope(pack.org_id):
        work(str(pack.org_id), str(pack.id))
    return again(pack)


def requested(desk: Desk, of: Disputed, **data: str) -> EvidencePack:
    where = [of.owner.organization.id, of.case.id]
    response = desk.client.post(reverse("evidence_request", args=where), data)
    assert response.status_code == 302
    with org_scope(of.owner.organization.id):
        pack: EvidencePack = EvidencePack.objects.select_related("case").get(state="building")
        return pack


def test_from_the_request_to_the_bank(fiona: Desk, frank: Desk, one: Disputed, stripe: Peer) -> None:
    pack = requested(fiona, one, statement="The customer is a company.")
    assert "Waiting for a worker" in fiona.opens("evidence_pack", pack)
    pack = worked(pack)
    page = fiona.opens("evidence_pack", pack)
    assert "Somebody else approves it." in page
    assert "The customer is a company." in page
    assert "Approve</a>" not in page
    assert "Approve</a>" in frank.opens("evidence_pack", pack)
    assert "Approved. It can be staged" in frank.approves(pack)
    assert "Being staged at Stripe" in frank.sends("evidence_stage", pack)
    assert worked(pack).state == "staged"
    assert "The id did not match" in frank.sends("evidence_submit", pack, confirm="dp_other")
    assert again(pack).owed == ""
    assert "Being submitted" in frank.sends("evidence_submit", pack, confirm=pack.case.stripe_id)
    assert worked(pack).state == "submitted"
    assert stripe.v1.disputes.retrieve(pack.case.stripe_id).evidence_details.submission_count == 1
    page = fiona.opens("evidence_pack", pack)
    assert "Build another one" not in page


def test_who_prepared_it_is_told_so_and_nothing_is_approved(fiona: Desk, one: Disputed) -> None:
    pack = worked(requested(fiona, one))
    assert "You prepared this pack" in fiona.opens("evidence_approve", pack)
    assert again(pack).state == "ready"


def test_an_answer_of_nobody_approves_nothing(fiona: Desk, frank: Desk, one: Disputed) -> None:
    pack = worked(requested(fiona, one))
    frank.opens("evidence_approve", pack)
    for nothing in ("", "{}", "null", '{"id": 1}', "x" * 5000):
        assert "did not answer as it should" in frank.sends("evidence_approve", pack, assertion=nothing)
    assert again(pack).state == "ready"


def test_a_session_without_a_fresh_passkey_is_asked_for_it(fiona: Desk, frank: Desk, one: Disputed) -> None:
    pack = worked(requested(fiona, one))
    key = passkey_of(again_user(frank))
    frank.client.prove(again_user(frank), key, ago=600)
    response = frank.client.get(frank.url("evidence_approve", pack))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("passkey_confirm"))


def again_user(desk: Desk) -> User:
    found: User = User.objects.get(pk=desk.client.session["_auth_user_id"])
    return found


def test_the_progress_asks_for_itself_until_the_work_is_done(fiona: Desk, one: Disputed) -> None:
    pack = requested(fiona, one)
    url = fiona.url("evidence_progress", pack)
    part = fiona.client.get(url, headers={"hx-request": "true"})
    assert f'hx-get="{url}"' in part.content.decode()
    worked(pack)
    assert fiona.client.get(url, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"


def test_a_file_is_shown_in_a_page_that_can_do_nothing(fiona: Desk, one: Disputed) -> None:
    pack = worked(requested(fiona, one))
    response = fiona.client.get(fiona.url("evidence_file", pack, "receipt"))
    assert response.content.startswith(b"%PDF-")
    assert response.headers["Content-Disposition"] == 'inline; filename="receipt.pdf"'
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("manifest", "duplicate_charge_documentation"):
        assert fiona.client.get(fiona.url("evidence_file", pack, name)).status_code == 404


def test_what_is_downloaded_verifies_with_the_verifier_that_is_downloaded(
    fiona: Desk, frank: Desk, one: Disputed, tmp_path: Path
) -> None:
    pack = worked(requested(fiona, one))
    frank.approves(pack)
    response = fiona.client.get(fiona.url("evidence_archive", pack))
    (tmp_path / "pack.zip").write_bytes(response.getvalue())
    key = signing_key(pack.kid).public_key()
    assert verify_pack.problems(tmp_path / "pack.zip", key, {"manifest": pack.manifest_sha256}) == []
    assert fiona.client.get(reverse("evidence_verifier")).content == Path(verify_pack.__file__).read_bytes()
    [published] = [one for one in Client().get(reverse("evidence_keys")).json()["keys"] if one["kid"] == pack.kid]
    assert published["pem"].startswith("-----BEGIN PUBLIC KEY-----")


def test_the_pack_of_another_organisation_is_not_there(fiona: Desk, one: Disputed) -> None:
    pack = worked(requested(fiona, one))
    other = disputed(new_owner(), "dp_other", calls=1)
    for name in ("evidence_pack", "evidence_archive", "evidence_progress"):
        for org, case in ((other.owner.organization.id, other.case.id), (pack.org_id, other.case.id)):
            assert fiona.client.get(reverse(name, args=[org, case, pack.id])).status_code == 404
    stolen = reverse("evidence_void", args=[other.owner.organization.id, other.case.id, pack.id])
    assert fiona.client.post(stolen).status_code == 404
    assert again(pack).state == "ready"


def test_a_pack_is_voided_at_the_desk(fiona: Desk, one: Disputed) -> None:
    pack = worked(requested(fiona, one))
    assert "This pack is void." in fiona.sends("evidence_void", pack, why="Voided at the desk.")
    assert again(pack).state == "void"


def test_a_day_to_come_is_refused_by_its_field(fiona: Desk, one: Disputed) -> None:
    url = reverse("evidence_request", args=[one.owner.organization.id, one.case.id])
    response = fiona.client.post(url, {"cancelled_on": "2999-01-01"})
    assert response.status_code == 422
    assert "This day is yet to come." in response.content.decode()
    with org_scope(one.owner.organization.id):
        assert not EvidencePack.objects.exists()


def test_the_page_of_the_dispute_shows_its_evidence(fiona: Desk, one: Disputed) -> None:
    url = reverse("desk_dispute", args=[one.owner.organization.id, one.case.id])
    before = fiona.client.get(url).content.decode()
    assert "Build a pack" in before
    pack = worked(requested(fiona, one))
    after = fiona.client.get(url).content.decode()
    assert "Open the pack" in after
    assert fiona.url("evidence_file", pack, "receipt") in after
