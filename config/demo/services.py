"""A service identity of a demonstration, with its private key in a file beside ``demo.json``."""

import os
import uuid
from pathlib import Path

from django.conf import settings

from accounts.workloads import identities, issuers, keys
from accounts.workloads.identities import ServiceRequest
from accounts.workloads.issuers import IssuerRequest
from accounts.workloads.models import Preset, ServiceIdentity
from accounts.workloads.presets import guide_of
from tenants.guard import Grant, require
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.policy import confirmed
from tenants.principal import Principal, PrincipalKind, Resource
from tenants.scope import org_scope

NAME = "Invoice worker"
SCOPES = ("guard:check", "models:read", "usage:read")


def seed_services(org_id: uuid.UUID) -> None:
    """Make the organisation's service, unless it has one; its private key is written once."""
    with org_scope(org_id):
        if ServiceIdentity.objects.filter(name=NAME).exists():
            return
        grant = _grant(org_id)
        owner = uuid.UUID(grant.principal.id)
        service = identities.create(grant, ServiceRequest(name=NAME, scopes=SCOPES, owner_id=owner))
        _, made = keys.generate(grant, service.id)
        _write(path(service.client_id), made.pem)
        guide = guide_of(Preset.GITHUB)
        wanted = IssuerRequest(
            name="Releases of the web shop",
            issuer=guide.issuer,
            jwks_url=guide.jwks_url,
            audience=settings.BASE_URL,
            subject="repo:northwind-analytics/web-shop:ref:refs/heads/main",
            preset=Preset.GITHUB,
        )
        issuers.trust(grant, service.id, wanted)


def path(client_id: str) -> Path:
    """Return where the private key of a demonstration's service is, readable by its owner only."""
    return Path(settings.TIDEGATE_VAR) / f"{client_id}.pem"


def _grant(org_id: uuid.UUID) -> Grant:
    organization = Organization.objects.get()
    owner = Membership.objects.select_related("user").filter(role=Role.OWNER.value).order_by("created_at", "id")[0]
    person = Principal(
        PrincipalKind.PERSON,
        str(owner.user_id),
        org_id,
        str(owner.user),
        Role.OWNER,
        environment=organization.environment,
        user_id=owner.user_id,
    )
    return require(confirmed(person), Permission.SERVICES_CHANGE, Resource("services", org_id))


def _write(where: Path, text: str) -> None:
    descriptor = os.open(where, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
