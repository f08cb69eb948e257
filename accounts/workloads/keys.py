"""The verbs of services' keys: added, made, rotated, revoked. A private key made here is shown once, never stored."""

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.workloads import public_keys
from accounts.workloads.identities import end_tokens, locked
from accounts.workloads.models import ServiceIdentity, ServiceKey
from accounts.workloads.notices import tell_of_key
from accounts.workloads.public_keys import PrivateKey, PublicKey
from audit.events import Event
from audit.record import record_event
from tenants.guard import Grant
from tenants.permissions import Permission

MOST_LIVING = 5
"""Living keys of one service: an assertion that names none is tried with each."""
LONGEST_LIFE = timedelta(days=366)
LONGEST_OVERLAP = timedelta(days=30)


@transaction.atomic
def upload(grant: Grant, service_id: uuid.UUID, text: str, expires_at: datetime | None = None) -> ServiceKey:
    """Add a public key that is given as a JWK or in PEM; raises `ValidationError` by field."""
    grant.must_be(Permission.SERVICES_CHANGE)
    try:
        public = public_keys.read(text)
    except ValidationError as error:
        raise ValidationError({"public_key": error.messages}) from None
    return _added(grant, locked(service_id), public, ServiceKey.Origin.UPLOADED, expires_at)


@transaction.atomic
def generate(grant: Grant, service_id: uuid.UUID, expires_at: datetime | None = None) -> tuple[ServiceKey, PrivateKey]:
    """Make a key; its private half is in what is returned, and nowhere else."""
    grant.must_be(Permission.SERVICES_CHANGE)
    made = public_keys.generate()
    return _added(grant, locked(service_id), made.public, ServiceKey.Origin.GENERATED, expires_at), made


@transaction.atomic
def end_former(grant: Grant, key: ServiceKey, overlap: timedelta) -> int:
    """Let the service's other keys run out after `overlap`: what makes adding a key a rotation. Returns how many."""
    grant.must_be(Permission.SERVICES_CHANGE)
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise ValidationError({"overlap": f"The overlap can be 0 to {LONGEST_OVERLAP.days} days."})
    ends = timezone.now() + overlap
    former = [other for other in living(locked(key.service_id)) if other.id != key.id]
    for other in former:
        if other.expires_at is None or other.expires_at > ends:
            other.expires_at = ends
            other.save(update_fields=["expires_at"])
    hours = int(overlap / timedelta(hours=1))
    _record(Event.SERVICE_KEY_ROTATED, grant, key, overlap_hours=hours, former=[other.kid for other in former])
    return len(former)


@transaction.atomic
def revoke(grant: Grant, service_id: uuid.UUID, key_id: uuid.UUID) -> ServiceKey:
    """End a key, and every token that the service holds: with its next request it proves itself by another key."""
    grant.must_be(Permission.SERVICES_CHANGE)
    service = locked(service_id)
    key: ServiceKey = ServiceKey.objects.select_for_update().get(id=key_id, service=service, revoked_at=None)
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    end_tokens(service)
    _record(Event.SERVICE_KEY_REVOKED, grant, key)
    return key


def living(service: ServiceIdentity) -> list[ServiceKey]:
    """Return the keys that work now, newest first."""
    return [key for key in ServiceKey.objects.filter(service=service, revoked_at=None) if key.state != "expired"]


def _added(
    grant: Grant, service: ServiceIdentity, public: PublicKey, origin: ServiceKey.Origin, expires_at: datetime | None
) -> ServiceKey:
    now = timezone.now()
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFE:
        raise ValidationError({"lifetime": "The expiry must be in the future, within a year."})
    if len(living(service)) >= MOST_LIVING:
        raise ValidationError({"public_key": f"A service has {MOST_LIVING} living keys at most; revoke one first."})
    key = ServiceKey(
        service=service,
        kid=public.kid,
        algorithm=public.algorithm,
        jwk=public.jwk,
        origin=origin,
        expires_at=expires_at,
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        raise ValidationError({"public_key": "This service has, or had, this very key. Give another one."}) from None
    _record(Event.SERVICE_KEY_ADDED, grant, key, algorithm=key.algorithm, origin=key.origin)
    tell_of_key(key, grant.principal)
    return key


def _record(event: Event, grant: Grant, key: ServiceKey, **detail: str | int | list[str]) -> None:
    target, label = str(key.service_id), key.service.name
    record_event(event, grant.actor(), target, label, decision_id=grant.decision_id, kid=key.kid, **detail)
