"""A service identity of an estate, with everything one can have."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.workloads.models import ServiceIdentity, ServiceKey, TrustedIssuer, UsedAssertion
from tenants.credentials import credential_hash

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def service(estate: "Estate") -> ServiceIdentity:
    client_id = f"svc_{secrets.token_hex(16)}"
    return ServiceIdentity.objects.create(  # type: ignore[no-any-return]
        client_id=client_id,
        hash=credential_hash(client_id),
        name=estate.canary,
        scopes=[],
        owner=estate.owner.user,
    )


def key(estate: "Estate") -> ServiceKey:
    row = {"kid": estate.canary, "algorithm": "ES256", "jwk": {"canary": estate.canary}, "origin": "uploaded"}
    return ServiceKey.objects.create(service=_service(estate), **row)  # type: ignore[no-any-return]


def issuer(estate: "Estate") -> TrustedIssuer:
    return TrustedIssuer.objects.create(  # type: ignore[no-any-return]
        service=_service(estate),
        name=estate.canary,
        issuer=f"https://{estate.canary}.example",
        jwks_url=f"https://{estate.canary}.example/jwks",
        audience=estate.canary,
        algorithms=["RS256"],
        subject=estate.canary,
    )


def used(estate: "Estate") -> UsedAssertion:
    until = timezone.now() + timedelta(minutes=5)
    return UsedAssertion.objects.create(  # type: ignore[no-any-return]
        service=_service(estate), jti_hash=secrets.token_bytes(32), expires_at=until
    )


def _service(estate: "Estate") -> ServiceIdentity:
    row = estate.rows[ServiceIdentity]
    assert isinstance(row, ServiceIdentity)
    return row
