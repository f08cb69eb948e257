"""A second person approves a pack with their passkey, which signs a challenge that commits to the pack's manifest.

The browser's answer is kept whole: with it the pack itself proves who approved what, to anybody. A challenge holds for
five minutes and for one answer; a pack that is voided or built anew has another manifest, and needs another approval.
"""

import json
import secrets
import shutil
import time
import uuid
import zipfile
from typing import Any, BinaryIO

import rfc8785
from allauth.mfa.webauthn.internal import auth
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from fido2.utils import websafe_encode
from fido2.webauthn import AuthenticationResponse, UserVerificationRequirement

from accounts.assurance.passkeys import ReauthenticateForm
from accounts.models import User
from audit.events import Event
from audit.record import record_event
from billing.disputes.states import Act
from billing.evidence import store, verify_pack
from billing.evidence.cose import as_pem
from billing.evidence.following import locked, moves
from billing.evidence.models import EvidencePack
from billing.evidence.packs import add
from billing.evidence.signing import signature_of, signing_key
from tenants.guard import Grant
from tenants.permissions import Permission

SCHEMA = "tidegate.evidence.approval/1"
HOLDS = 300
"""Seconds in which the passkey must answer."""
_KEPT = "evidence_approval"
State = EvidencePack.State


def begin(grant: Grant, pack: EvidencePack, user: User, session: SessionBase) -> dict[str, Any]:
    """Return what the browser asks the passkey; raises `ValidationError` where this person cannot approve."""
    grant.must_be(Permission.DISPUTES_APPROVE)
    _check(grant, pack)
    nonce = secrets.token_urlsafe(32)
    challenge = verify_pack.challenge(pack.manifest_sha256, str(pack.case_id), grant.principal.id, nonce)
    options, state = auth.get_server().authenticate_begin(
        credentials=auth.get_credentials(user),
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=challenge,
    )
    auth.set_state(state)
    session[_KEPT] = {"pack": str(pack.id), "manifest": pack.manifest_sha256, "nonce": nonce, "at": time.time()}
    return dict(options)


def approve(grant: Grant, pack_id: uuid.UUID, user: User, session: SessionBase, answer: str) -> EvidencePack:
    """Approve a pack by the passkey's answer. Raises `ValidationError`."""
    grant.must_be(Permission.DISPUTES_APPROVE)
    asked = session.pop(_KEPT, None)
    form = ReauthenticateForm({"credential": answer}, user=user)
    if not asked or asked["pack"] != str(pack_id) or asked["at"] < time.time() - HOLDS or not form.is_valid():
        raise ValidationError("The passkey did not answer as it should, or not in time. Try again.")
    with transaction.atomic():
        pack = locked(pack_id)
        _check(grant, pack)
        if pack.manifest_sha256 != asked["manifest"]:
            raise ValidationError("The pack is another one than you saw.")
        response = AuthenticationResponse.from_dict(json.loads(answer))
        return _approved(grant, pack, _said(grant, pack, asked["nonce"], user, response))


def approved_copy(pack: EvidencePack, out: BinaryIO) -> None:
    """Write the pack together with its approval; raises `Broken` where it is not the one that was built."""
    with store.archive(pack).open("rb") as source:
        shutil.copyfileobj(source, out, 1 << 20)
    if pack.approval is None:
        return
    content = rfc8785.dumps(pack.approval)
    with zipfile.ZipFile(out, "a") as archive:
        add(archive, "approval.json", content)
        add(archive, "approval.sig", signature_of("approval.json", content, signing_key(pack.kid)))


def _check(grant: Grant, pack: EvidencePack) -> None:
    """Raise `ValidationError` unless the pack waits for an approval that this person may give."""
    if pack.state != State.READY:
        raise ValidationError(f"This pack is {pack.get_state_display().lower()}: there is nothing to approve.")
    if pack.preparer_id == grant.principal.id:
        raise ValidationError("You prepared this pack: somebody else approves it.")


def _said(grant: Grant, pack: EvidencePack, nonce: str, user: User, response: AuthenticationResponse) -> dict[str, Any]:
    """Return the approval as the pack carries it; raises `ValidationError` unless it proves itself."""
    answer = response.response
    said = {
        "schema": SCHEMA,
        "manifest": pack.manifest_sha256,
        "case": str(pack.case_id),
        "dispute": pack.case.stripe_id,
        "org": str(pack.org_id),
        "preparer": {"id": pack.preparer_id, "name": pack.preparer},
        "approver": {"id": grant.principal.id, "name": grant.principal.label},
        "at": timezone.now().isoformat(timespec="seconds"),
        "nonce": nonce,
        "rp_id": auth.get_server().rp.id,
        "client_data": websafe_encode(answer.client_data),
        "authenticator_data": websafe_encode(answer.authenticator_data),
        "signature": websafe_encode(answer.signature),
        "public_key": _public_key(user, response.raw_id),
    }
    if list(verify_pack.assertion(said, pack.manifest_sha256)):
        raise ValidationError("The passkey answered another question. Try again.")
    return said


def _public_key(user: User, credential_id: bytes) -> str:
    for credential in auth.get_credentials(user):
        if credential.credential_id == credential_id:
            try:
                return as_pem(credential.public_key)
            except ValueError as error:
                raise ValidationError("Approve with another passkey: this one's kind of key is not known.") from error
    raise ValidationError("This passkey is not yours any more.")


def _approved(grant: Grant, pack: EvidencePack, said: dict[str, Any]) -> EvidencePack:
    store.archive(pack)  # what is approved is there, and whole
    moves(pack.case, Act.APPROVE, grant.actor(), "The pack of evidence is approved with a passkey.")
    pack.approval, pack.approver_id, pack.approver = said, grant.principal.id, grant.principal.label[:120]
    pack.state, pack.approved_at = State.APPROVED, timezone.now()
    pack.save(update_fields=["approval", "approver_id", "approver", "state", "approved_at"])
    named = {"target": f"dispute/{pack.case_id}", "target_label": pack.case.stripe_id}
    detail = {"pack": str(pack.id), "manifest": pack.manifest_sha256, "preparer": pack.preparer}
    record_event(Event.EVIDENCE_APPROVED, grant.actor(), **named, decision_id=grant.decision_id, **detail)
    return pack
