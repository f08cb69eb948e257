"""An application of an estate, with everything that can be issued to one."""

import secrets
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.oauth.models import AccessToken, Application, Grant, RefreshToken, UsedAssertion, UsedProof
from tenants.credentials import credential_hash

if TYPE_CHECKING:
    from tests.isolation.estate import Estate

SOON = timedelta(minutes=5)


def application(estate: "Estate") -> Application:
    client_id = f"app_{secrets.token_hex(16)}"
    return Application.objects.create(
        client_id=client_id,
        hash=credential_hash(client_id),
        name=estate.canary,
        client_type=Application.CLIENT_PUBLIC,
        redirect_uris=f"https://{estate.canary}.example/callback",
        scopes=["openid"],
        jwks={"canary": estate.canary},
        created_by=estate.owner.user,
    )


def code(estate: "Estate") -> Grant:
    return Grant.objects.create(
        application=_application(estate),
        user=estate.member.user,
        code=secrets.token_hex(32),
        expires=timezone.now() + SOON,
        redirect_uri=f"https://{estate.canary}.example/callback",
        scope=estate.canary,
        code_challenge="c" * 43,
        authenticated_at=timezone.now(),
    )


def access(estate: "Estate") -> AccessToken:
    held = _application(estate)
    return AccessToken.objects.create(
        application=held,
        user=estate.member.user,
        client_id=held.client_id,
        scope=estate.canary,
        expires=timezone.now() + SOON,
    )


def refresh(estate: "Estate") -> RefreshToken:
    now = timezone.now()
    return RefreshToken.objects.create(
        application=_application(estate),
        user=estate.member.user,
        token_checksum=secrets.token_hex(32),
        token_family=uuid.uuid4(),
        scope=estate.canary,
        consented_at=now,
        expires_at=now + SOON,
        ends_at=now + SOON,
    )


def used(estate: "Estate") -> UsedAssertion:
    until = timezone.now() + SOON
    return UsedAssertion.objects.create(  # type: ignore[no-any-return]  # the manager of tenant models has no row type
        application=_application(estate), jti_hash=secrets.token_bytes(32), expires_at=until
    )


def proof(estate: "Estate") -> UsedProof:
    return UsedProof.objects.create(hash=secrets.token_bytes(32), expires_at=timezone.now() + SOON)  # type: ignore[no-any-return]  # as above


def _application(estate: "Estate") -> Application:
    row = estate.rows[Application]
    assert isinstance(row, Application)
    return row
