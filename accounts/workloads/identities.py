"""The verbs of service identities: made, changed, disabled, and passed from one owner to another.

A service acts with the live role of its owner, narrowed by its scopes. Whoever sets the scopes cannot give what their
own role does not grant, and the owner must be a member whose role grants all of it; later only the owner counts.
"""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import key_format
from accounts.models import ApiKey, User
from accounts.services.keys import (
    checked_environment,
    checked_name,
    checked_rate,
    checked_scopes,
    grantable_scopes,
)
from accounts.workloads.models import ServiceIdentity
from audit.events import Event
from audit.record import record_event
from tenants.credentials import credential_hash
from tenants.guard import Grant
from tenants.models import Membership
from tenants.permissions import Permission, Role
from tenants.principal import Principal, PrincipalKind

MOST_SERVICES = 200


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """What is asked of a service identity."""

    name: str
    scopes: Iterable[str]
    owner_id: uuid.UUID
    environment: str = ApiKey.Environment.TEST
    requests_per_minute: int = 600
    dpop_only: bool = False


@transaction.atomic
def create(grant: Grant, wanted: ServiceRequest) -> ServiceIdentity:
    """Make a service identity, which has no key yet; raises `ValidationError` by field."""
    grant.must_be(Permission.SERVICES_CHANGE)
    if ServiceIdentity.objects.count() >= MOST_SERVICES:
        raise ValidationError({"name": f"There are {MOST_SERVICES} service identities, the most an organisation has."})
    client_id = "svc_" + "".join(secrets.choice(key_format.ALPHABET) for _ in range(28))
    service = ServiceIdentity(
        client_id=client_id,
        hash=credential_hash(client_id),
        name=checked_name(wanted.name),
        environment=checked_environment(wanted.environment),
        scopes=checked_scopes(grant.principal, wanted.scopes),
        requests_per_minute=checked_rate(wanted.requests_per_minute),
        dpop_only=bool(wanted.dpop_only),
    )
    service.owner = _checked_owner(wanted.owner_id, service.scopes)
    service.save(force_insert=True)
    _record(Event.SERVICE_CREATED, grant, service, scopes=service.scopes, owner=str(service.owner))
    return service


@transaction.atomic
def change(grant: Grant, service_id: uuid.UUID, wanted: ServiceRequest) -> ServiceIdentity:
    """Change everything that a `ServiceRequest` holds; passing it to another owner is part of that."""
    grant.must_be(Permission.SERVICES_CHANGE)
    service = locked(service_id)
    former, former_owner = service.scopes, service.owner
    service.name = checked_name(wanted.name)
    service.environment = checked_environment(wanted.environment)
    service.scopes = checked_scopes(grant.principal, wanted.scopes)
    service.requests_per_minute = checked_rate(wanted.requests_per_minute)
    service.dpop_only = bool(wanted.dpop_only)
    service.owner = _checked_owner(wanted.owner_id, service.scopes)
    service.save()
    if service.owner != former_owner:
        _record(Event.SERVICE_TRANSFERRED, grant, service, former=str(former_owner), owner=str(service.owner))
    _record(Event.SERVICE_CHANGED, grant, service, former=former, scopes=service.scopes, dpop_only=service.dpop_only)
    return service


@transaction.atomic
def transfer(grant: Grant, service_id: uuid.UUID, owner_id: uuid.UUID) -> ServiceIdentity:
    """Have another member answer for a service. Who does that gives its scopes anew, so must have them."""
    grant.must_be(Permission.SERVICES_CHANGE)
    service = locked(service_id)
    former = str(service.owner)
    checked_scopes(grant.principal, service.scopes)
    service.owner = _checked_owner(owner_id, service.scopes)
    service.save(update_fields=["owner"])
    _record(Event.SERVICE_TRANSFERRED, grant, service, former=former, owner=str(service.owner))
    return service


@transaction.atomic
def disable(grant: Grant, service_id: uuid.UUID) -> ServiceIdentity:
    """Stop a service: its tokens are refused with the next request, and it gets no others."""
    grant.must_be(Permission.SERVICES_CHANGE)
    service = locked(service_id)
    if service.disabled_at is None:
        service.disabled_at = timezone.now()
        end_tokens(service)
        service.save(update_fields=["disabled_at"])
        _record(Event.SERVICE_DISABLED, grant, service)
    return service


@transaction.atomic
def enable(grant: Grant, service_id: uuid.UUID) -> ServiceIdentity:
    """Let a disabled service act again; the tokens it had stay dead."""
    grant.must_be(Permission.SERVICES_CHANGE)
    service = locked(service_id)
    if service.disabled_at is not None:
        service.disabled_at = None
        service.save(update_fields=["disabled_at"])
        _record(Event.SERVICE_ENABLED, grant, service)
    return service


def locked(service_id: uuid.UUID) -> ServiceIdentity:
    """Return a service for a change, with its owner; the transaction holds its row."""
    return ServiceIdentity.objects.select_for_update(of=("self",)).select_related("owner").get(id=service_id)  # type: ignore[no-any-return]


def end_tokens(service: ServiceIdentity) -> None:
    """Refuse every token that a service was issued until now. Whichever of its keys got it: no token says."""
    service.tokens_from = timezone.now()
    service.save(update_fields=["tokens_from"])


def possible_owners() -> list[Membership]:
    """Return the members who can answer for a service: those who can let a program do anything at all."""
    members = Membership.objects.select_related("user", "org").filter(user__is_active=True).order_by("user__name", "id")
    return [member for member in members if grantable_scopes(_as_owner(member))]


def _checked_owner(owner_id: uuid.UUID, scopes: Iterable[str]) -> User:
    """Return a member whose live role grants all of `scopes`; raises `ValidationError`."""
    member = Membership.objects.select_related("user").filter(user_id=owner_id, user__is_active=True).first()
    if member is None:
        raise ValidationError({"owner": "Choose a member of this organisation."})
    covered = {scope.value for scope in grantable_scopes(_as_owner(member))}
    if missing := sorted(set(scopes) - covered):
        raise ValidationError({"owner": f"The role of {member.user} does not grant {', '.join(missing)}."})
    owner: User = member.user
    return owner


def _as_owner(member: Membership) -> Principal:
    """Return the principal that a service with every scope would act as, were it the member's."""
    return Principal(
        kind=PrincipalKind.SERVICE,
        id="",
        org_id=member.org_id,
        role=Role(member.role),
        scopes=frozenset(Permission),
        user_id=member.user_id,
    )


def _record(event: Event, grant: Grant, service: ServiceIdentity, **detail: str | bool | list[str]) -> None:
    record_event(event, grant.actor(), str(service.id), service.name, decision_id=grant.decision_id, **detail)
