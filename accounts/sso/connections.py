"""What an admin does with a connection, from its first step to its end. Each takes a Grant and writes an event."""

import uuid
from datetime import datetime
from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from accounts.sso import roles
from accounts.sso.models import Connection, Identity, ProvedDomain, SamlAnswer, sealed_for
from audit.events import Event
from audit.record import record_event
from tenants.encryption import Resealed, reseal, reseal_row, seal
from tenants.guard import Grant
from tenants.models import Membership
from tenants.permissions import Permission, Role

MOST = 10


def reseal_secrets() -> list[Resealed]:
    """Seal anew the client secrets of the open organisation's connections; in a transaction."""
    rows = Connection.objects.exclude(secret="").select_for_update()
    return [reseal_row(row, "secret", partial(reseal, context=sealed_for(row.id, "secret"))) for row in rows]


@transaction.atomic
def create(grant: Grant, kind: str, name: str) -> Connection:
    """Begin a connection: a draft that nobody can sign in through."""
    grant.must_be(Permission.SSO_CHANGE)
    if Connection.objects.count() >= MOST:
        raise ValidationError({"name": f"An organisation has at most {MOST} connections; delete one first."})
    connection: Connection = Connection.objects.create(kind=Connection.Kind(kind), name=name.strip())
    _note(grant, Event.CONNECTION_CREATED, connection, kind=connection.kind)
    return connection


@transaction.atomic
def pin(
    grant: Grant,
    connection_id: uuid.UUID,
    pinned: dict[str, Any],
    secret: str = "",
    certificate_ends_at: datetime | None = None,
) -> Connection:
    """Believe this provider from now on. Another issuer or entity id makes all former subjects strangers."""
    grant.must_be(Permission.SSO_CHANGE)
    connection = _locked(connection_id)
    if _name_of(connection.pinned) and _name_of(connection.pinned) != _name_of(pinned):
        for identity in Identity.objects.filter(connection=connection):
            identity.delete()
    if connection.pinned != pinned:
        connection.tested_at = None
    if secret:
        connection.secret = seal(secret.encode(), sealed_for(connection.id, "secret"))
    connection.pinned, connection.keys, connection.keys_at = pinned, {}, None
    connection.certificate_ends_at, connection.notified_days = certificate_ends_at, None
    connection.save()
    _note(grant, Event.CONNECTION_CHANGED, connection, issuer=_name_of(pinned))
    return connection


@transaction.atomic
def map_roles(
    grant: Grant, connection_id: uuid.UUID, role_map: roles.RoleMap, default_role: str, groups_claim: str
) -> Connection:
    """Say which group has which role; `default_role` ("" for none) is that of people in none of them."""
    grant.must_be(Permission.SSO_CHANGE)
    if default_role:
        roles.checked(grant, default_role, field="default_role")
    connection = _locked(connection_id)
    former = roles.written(connection.role_map)
    connection.role_map, connection.default_role, connection.groups_claim = role_map, default_role, groups_claim
    connection.save(update_fields=["role_map", "default_role", "groups_claim"])
    now = roles.written(role_map)
    _note(grant, Event.CONNECTION_CHANGED, connection, former=former[:500], role_map=now[:500], other=default_role)
    return connection


@transaction.atomic
def enable(grant: Grant, connection_id: uuid.UUID) -> Connection:
    """Let people sign in through a connection that somebody has tried."""
    grant.must_be(Permission.SSO_CHANGE)
    connection = _locked(connection_id)
    if connection.tested_at is None:
        raise ValidationError("Try it first: a connection is enabled after a test sign-in that came through.")
    connection.state = Connection.State.ENABLED
    connection.save(update_fields=["state"])
    _note(grant, Event.CONNECTION_ENABLED, connection)
    return connection


@transaction.atomic
def disable(grant: Grant, connection_id: uuid.UUID) -> Connection:
    """Let nobody in through a connection, and enforce it on nobody; what it knows stays."""
    grant.must_be(Permission.SSO_CHANGE)
    connection = _locked(connection_id)
    connection.state, connection.enforced_at, connection.break_glass = Connection.State.DISABLED, None, None
    connection.save(update_fields=["state", "enforced_at", "break_glass"])
    _note(grant, Event.CONNECTION_DISABLED, connection)
    return connection


@transaction.atomic
def enforce(grant: Grant, connection_id: uuid.UUID, break_glass: uuid.UUID) -> Connection:
    """Make it the only way in for people at proved domains, but for one owner with a password and a passkey."""
    grant.must_be(Permission.SSO_CHANGE)
    connection = _locked(connection_id)
    if not connection.is_enabled:
        raise ValidationError("Enable the connection first.")
    if connection.tested_at is None:
        raise ValidationError("Try it first: the provider was read anew since the last test sign-in that came through.")
    if not ProvedDomain.objects.exists():
        raise ValidationError("Prove a domain first: it is enforced for people at proved domains.")
    if break_glass not in {membership.user_id for membership in break_glass_candidates()}:
        raise ValidationError({"break_glass": "Name an owner who has a password and a passkey."})
    connection.enforced_at, connection.break_glass_id = timezone.now(), break_glass
    connection.save(update_fields=["enforced_at", "break_glass"])
    _note(grant, Event.SSO_ENFORCED, connection, break_glass=str(User.objects.get(pk=break_glass)))
    return connection


@transaction.atomic
def relax(grant: Grant, connection_id: uuid.UUID) -> Connection:
    """Allow passwords again beside the connection."""
    grant.must_be(Permission.SSO_CHANGE)
    connection = _locked(connection_id)
    connection.enforced_at, connection.break_glass = None, None
    connection.save(update_fields=["enforced_at", "break_glass"])
    _note(grant, Event.SSO_RELAXED, connection)
    return connection


@transaction.atomic
def delete(grant: Grant, connection_id: uuid.UUID) -> None:
    """Forget a connection and who its subjects are. People and their memberships stay."""
    grant.must_be(Permission.SSO_CHANGE)
    connection = _locked(connection_id)
    for kept in (*Identity.objects.filter(connection=connection), *SamlAnswer.objects.filter(connection=connection)):
        kept.delete()
    connection.delete()
    _note(grant, Event.CONNECTION_DELETED, connection)


def break_glass_candidates() -> list[Membership]:
    """Return the owners who can come in when the identity provider is down: with a password and a passkey."""
    owners = Membership.objects.select_related("user").filter(role=Role.OWNER.value, user__is_active=True)
    passkeys = Authenticator.objects.filter(
        type=Authenticator.Type.WEBAUTHN, user_id__in=owners.values_list("user_id", flat=True)
    )
    with_one = set(passkeys.values_list("user_id", flat=True))
    return [each for each in owners if each.user_id in with_one and each.user.has_usable_password()]


def enforced() -> models.QuerySet[Connection]:
    """Return the connections of the open organisation that are enforced."""
    return Connection.objects.filter(state=Connection.State.ENABLED, enforced_at__isnull=False)


def _locked(connection_id: uuid.UUID) -> Connection:
    connection: Connection = Connection.objects.select_for_update().get(id=connection_id)
    return connection


def _name_of(pinned: dict[str, Any]) -> str:
    return str(pinned.get("issuer") or pinned.get("entity_id") or "")


def _note(grant: Grant, event: Event, connection: Connection, **detail: str | bool) -> None:
    record_event(event, grant.actor(), str(connection.id), connection.name, decision_id=grant.decision_id, **detail)
