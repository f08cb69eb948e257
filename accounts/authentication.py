"""From an `Authorization` header to a `Credential`: which key it is, whose, and what it may do now.

A worker remembers the credentials it has seen. Each is remembered together with the stamp of its organisation and
maker; every request reads the present stamp anyway (in the statement that counts it, `billing.rate_limits`), and a
stamp that moved makes the worker read the credential again. So a revocation is effective with the next request, in
every worker.
"""

import hashlib
import ipaddress
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from accounts import key_format
from accounts.models import ApiKey
from audit.reasons import Reason
from tenants.credentials import credential_hash
from tenants.permissions import Permission, Role
from tenants.postgresql.base import direct
from tenants.principal import Principal, PrincipalKind
from tenants.scope import Scope

LOAD = """
SELECT k.org_id, s.expires_at, k.id, k.name, k.environment, k.scopes, k.allowed_addresses, k.requests_per_minute,
    k.expires_at, k.revoked_at, u.id, u.is_active, m.role,
    CASE o.status WHEN 'active' THEN o.billing_status ELSE o.status END, o.requests_per_minute,
    ARRAY[
        coalesce((SELECT value FROM tenants_stamp WHERE subject = sha256(convert_to(k.org_id::text, 'UTF8'))), 0),
        coalesce((SELECT value FROM tenants_stamp WHERE subject = sha256(convert_to(u.id::text, 'UTF8'))), 0)
    ],
    EXISTS (SELECT FROM risk_hold h WHERE h.org_id = k.org_id AND h.user_id = u.id)
FROM accounts_apikeysecret s
JOIN accounts_apikey k ON k.org_id = s.org_id AND k.id = s.key_id
JOIN tenants_organization o ON o.id = k.org_id
JOIN accounts_user u ON u.id = k.created_by_id
LEFT JOIN tenants_membership m ON m.org_id = k.org_id AND m.user_id = u.id
WHERE s.hash = %s
"""
REMEMBERED = 10_000
USE_IS_NOTED_EVERY = timedelta(minutes=1)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class _Loaded(NamedTuple):
    """The columns of `LOAD`, in their order."""

    org_id: uuid.UUID
    secret_ends: datetime | None
    key_id: uuid.UUID
    name: str
    environment: str
    scopes: list[str]
    addresses: list[str]
    key_rate: int
    key_ends: datetime | None
    revoked_at: datetime | None
    user_id: uuid.UUID
    is_active: bool
    role: str | None
    org_status: str
    org_rate: int
    stamps: list[int]
    held: bool


class Unauthenticated(Exception):
    """Nobody we know; the reason goes to the record, the caller is told one sentence."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key as it was when its organisation's and its maker's stamps were `stamps`."""

    principal: Principal
    org_status: str
    stamps: tuple[int, ...]
    key_rate: int
    org_rate: int
    networks: tuple[Network, ...]
    revoked: bool
    ends_at: datetime | None

    @property
    def org_id(self) -> uuid.UUID:
        """Return the tenant; a key always has one."""
        assert self.principal.org_id is not None  # noqa: S101 (said to the type checker)
        return self.principal.org_id

    def stamp_subjects(self) -> tuple[bytes, bytes]:
        """Return the keys of `stamps`, in their order: the organisation's and the maker's."""
        return _subject(self.org_id), _subject(self.principal.user_id)

    def check(self, now: datetime, address: str) -> None:
        """Raise `Unauthenticated` if the key may not be used now and from this address."""
        if self.revoked:
            raise Unauthenticated(Reason.KEY_REVOKED)
        if self.ends_at is not None and self.ends_at <= now:
            raise Unauthenticated(Reason.KEY_EXPIRED)
        if self.networks and not _is_in(address, self.networks):
            raise Unauthenticated(Reason.KEY_ADDRESS)


@lru_cache(maxsize=REMEMBERED)
def _subject(whose: uuid.UUID | None) -> bytes:
    return hashlib.sha256(str(whose).encode()).digest()


_remembered: dict[bytes, Credential] = {}
_noted: dict[str, datetime] = {}


def presented(authorization: str) -> bytes:
    """Return the hash of the key in an `Authorization` header; raises `Unauthenticated` unless it is well formed."""
    if not authorization:
        raise Unauthenticated(Reason.KEY_MISSING)
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key_format.is_well_formed(key):
        raise Unauthenticated(Reason.KEY_MALFORMED)
    return credential_hash(key)


def remembered(key_hash: bytes) -> Credential:
    """Return the credential, from memory or from the database; raises `Unauthenticated` if there is none."""
    return _remembered.get(key_hash) or read_again(key_hash)


def read_again(key_hash: bytes) -> Credential:
    """Return the credential as the database has it now, and remember it."""
    row = direct.ask_as(Scope(credential=key_hash), LOAD, [key_hash])
    if row is None:
        _remembered.pop(key_hash, None)
        raise Unauthenticated(Reason.KEY_UNKNOWN)
    if len(_remembered) >= REMEMBERED:
        _remembered.clear()
    credential = _remembered[key_hash] = _credential(_Loaded(*row))
    return credential


def note_use(credential: Credential, now: datetime) -> None:
    """Keep when a key was last used, to the minute; the tenant's scope must be open.

    Each worker writes at most once a minute for each key, and the column moves no stamp.
    """
    last = _noted.get(credential.principal.id)
    if last is None or now - last >= USE_IS_NOTED_EVERY:
        if len(_noted) >= REMEMBERED:
            _noted.clear()
        _noted[credential.principal.id] = now
        ApiKey.objects.filter(id=credential.principal.id).update(last_used_at=now)


def _credential(row: _Loaded) -> Credential:
    principal = Principal(
        kind=PrincipalKind.API_KEY,
        id=str(row.key_id),
        org_id=row.org_id,
        label=row.name,
        role=Role(row.role) if row.role and row.is_active else None,
        scopes=frozenset(Permission(scope) for scope in row.scopes),
        environment=row.environment,
        user_id=row.user_id,
        held=row.held,
    )
    ends = [moment for moment in (row.secret_ends, row.key_ends) if moment is not None]
    return Credential(
        principal=principal,
        org_status=row.org_status,
        stamps=tuple(row.stamps),
        key_rate=row.key_rate,
        org_rate=row.org_rate,
        networks=tuple(ipaddress.ip_network(address) for address in row.addresses),
        revoked=row.revoked_at is not None,
        ends_at=min(ends, default=None),
    )


def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(caller in network for network in networks)
