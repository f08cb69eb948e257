"""API keys: made, rotated and revoked. A secret is returned once, by the verb that made it, and never stored."""

import ipaddress
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import key_format, key_notices
from accounts.models import ApiKey, ApiKeySecret
from audit.events import Event
from audit.record import record_event
from tenants.credentials import credential_hash
from tenants.guard import Grant
from tenants.permissions import KEY_SCOPES, Permission
from tenants.policy import Allowed, decide
from tenants.principal import Principal, Resource
from tenants.webhooks.kinds import WebhookEvent

LONGEST_OVERLAP = timedelta(days=7)
LONGEST_LIFE = timedelta(days=366)
MOST_KEYS = 200
MOST_ADDRESSES = 50
_PREFIX = len("tg_live_") + 6


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What is asked of a new key. `allowed_addresses` are IP addresses or networks; none means any."""

    name: str
    scopes: Iterable[str]
    environment: str = ApiKey.Environment.TEST
    expires_at: datetime | None = None
    allowed_addresses: Iterable[str] = field(default_factory=tuple)
    requests_per_minute: int = 600


@transaction.atomic
def create(grant: Grant, wanted: KeyRequest) -> tuple[ApiKey, str]:
    """Make a key and its first secret; raises `ValidationError` by field."""
    grant.must_be(Permission.KEYS_CREATE)
    maker = grant.principal.user_id
    if maker is None:
        raise ValidationError({"name": "Only a person can make a key."})
    if ApiKey.objects.filter(revoked_at=None).count() >= MOST_KEYS:
        raise ValidationError({"name": f"There are {MOST_KEYS} keys; revoke some first."})
    key = ApiKey(
        name=checked_name(wanted.name),
        environment=checked_environment(wanted.environment),
        scopes=checked_scopes(grant.principal, wanted.scopes),
        created_by_id=maker,
        allowed_addresses=_checked_addresses(wanted.allowed_addresses),
        requests_per_minute=checked_rate(wanted.requests_per_minute),
        expires_at=_checked_expiry(wanted.expires_at),
    )
    key.save(force_insert=True)
    secret = _add_secret(key)
    record_event(
        Event.KEY_CREATED,
        grant.actor(),
        str(key.id),
        key.name,
        decision_id=grant.decision_id,
        scopes=key.scopes,
        environment=key.environment,
    )
    key_notices.tell_of_new(key, grant.principal)
    key_notices.tell_receivers(WebhookEvent.KEY_CREATED, key, scopes=key.scopes, expires_at=key.expires_at)
    return key, secret


@transaction.atomic
def rotate(grant: Grant, key_id: uuid.UUID, overlap: timedelta = timedelta(hours=24)) -> tuple[ApiKey, str]:
    """Give a key a new secret; the former ones go on for `overlap`. Identity, scopes, limits and counters stay."""
    grant.must_be(Permission.KEYS_ROTATE)
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise ValidationError({"overlap": f"The overlap can be 0 to {LONGEST_OVERLAP.days} days."})
    key = _live_key(key_id)
    ends = timezone.now() + overlap
    for former in ApiKeySecret.objects.filter(key=key):
        if former.expires_at is None or former.expires_at > ends:
            former.expires_at = ends
            former.save(update_fields=["expires_at"])
    secret = _add_secret(key)
    minutes = int(overlap.total_seconds() // 60)
    record_event(
        Event.KEY_ROTATED,
        grant.actor(),
        str(key.id),
        key.name,
        decision_id=grant.decision_id,
        overlap_minutes=minutes,
    )
    key_notices.tell_receivers(WebhookEvent.KEY_ROTATED, key, former_until=ends)
    return key, secret


@transaction.atomic
def revoke(grant: Grant, key_id: uuid.UUID) -> ApiKey:
    """End a key. Every worker refuses it with the next request that it serves."""
    grant.must_be(Permission.KEYS_REVOKE)
    key = _live_key(key_id)
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    record_event(Event.KEY_REVOKED, grant.actor(), str(key.id), key.name, decision_id=grant.decision_id)
    key_notices.tell_receivers(WebhookEvent.KEY_REVOKED, key)
    return key


def grantable_scopes(principal: Principal) -> list[Permission]:
    """Return the scopes that a key made by `principal` may carry: those its own live rights cover."""
    resource = Resource("organization", principal.org_id)
    return [
        scope for scope in Permission if scope in KEY_SCOPES and isinstance(decide(principal, scope, resource), Allowed)
    ]


def _live_key(key_id: uuid.UUID) -> ApiKey:
    key: ApiKey = ApiKey.objects.select_for_update().get(id=key_id, revoked_at=None)
    return key


def _add_secret(key: ApiKey) -> str:
    secret = key_format.generate(key.environment)
    ApiKeySecret.objects.create(key=key, hash=credential_hash(secret), prefix=secret[:_PREFIX], last_four=secret[-4:])
    return secret


def checked_name(name: str) -> str:
    """Return a name with single spaces; raises `ValidationError`."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise ValidationError({"name": "Give a name of 1 to 80 printable characters."})
    return name


def checked_environment(environment: str) -> str:
    """Return `environment` if it is one; raises `ValidationError`."""
    if environment not in ApiKey.Environment.values:
        raise ValidationError({"environment": "Choose live or test."})
    return environment


def checked_scopes(principal: Principal, scopes: Iterable[str]) -> list[str]:
    """Return the scopes in a fixed order; each must be one that a key may carry and its maker has now."""
    asked = set(scopes)
    unknown = sorted(asked - {scope.value for scope in KEY_SCOPES})
    if unknown:
        raise ValidationError({"scopes": f"A key cannot carry {', '.join(unknown)[:200]}."})
    wider = sorted(asked - {scope.value for scope in grantable_scopes(principal)})
    if wider:
        raise ValidationError({"scopes": f"Your own role does not grant {', '.join(wider)}."})
    return sorted(asked)


def _checked_addresses(addresses: Iterable[str]) -> list[str]:
    listed = [address.strip() for address in addresses if address.strip()]
    if len(listed) > MOST_ADDRESSES:
        raise ValidationError({"allowed_addresses": f"Give {MOST_ADDRESSES} addresses at most."})
    try:
        return [str(ipaddress.ip_network(address)) for address in listed]
    except ValueError as error:
        raise ValidationError({"allowed_addresses": "Give IP addresses or networks such as 203.0.113.0/24."}) from error


def checked_rate(rate: int) -> int:
    """Return a limit of requests a minute, if it is one; raises `ValidationError`."""
    if not 1 <= rate <= 100_000:
        raise ValidationError({"requests_per_minute": "Give 1 to 100,000 requests a minute."})
    return rate


def _checked_expiry(expires_at: datetime | None) -> datetime | None:
    now = timezone.now()
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFE:
        raise ValidationError({"expires_at": "The expiry must be in the future, within a year."})
    return expires_at
