"""A service identity of an estate, with everything one can have."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.workloads import identities, issuers, keys
from accounts.workloads.identities import ServiceRequest
from accounts.workloads.issuers import IssuerRequest
from accounts.workloads.models import ServiceIdentity, ServiceKey, TrustedIssuer, UsedAssertion
from tenants.permissions import Permission

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def service(estate: "Estate") -> ServiceIdentity:
    owner = estate.owner.user.pk
    wanted = ServiceRequest(name=estate.canary, scopes=[Permission.GUARD_CHECK.value], owner_id=owner)
    return identities.create(estate.owner.may(Permission.SERVICES_CHANGE), wanted)


def key(estate: "Estate") -> ServiceKey:
    return keys.generate(estate.owner.may(Permission.SERVICES_CHANGE), _service(estate).id)[0]


def issuer(estate: "Estate") -> TrustedIssuer:
    wanted = IssuerRequest(
        name=estate.canary,
        issuer=f"https://{estate.canary}.example",
        jwks_url=f"https://{estate.canary}.example/jwks",
        audience=estate.canary,
        subject=estate.canary,
        claims={"canary": estate.canary},
    )
    return issuers.trust(estate.owner.may(Permission.SERVICES_CHANGE), _service(estate).id, wanted)


def used(estate: "Estate") -> UsedAssertion:
    until = timezone.now() + timedelta(minutes=5)
    return UsedAssertion.objects.create(  # type: ignore[no-any-return]  # the stubs say Any
        service=_service(estate), jti_hash=secrets.token_bytes(32), expires_at=until
    )


def _service(estate: "Estate") -> ServiceIdentity:
    row = estate.rows[ServiceIdentity]
    assert isinstance(row, ServiceIdentity)
    return row
