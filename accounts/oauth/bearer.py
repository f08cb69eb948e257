"""From an access token to a `Credential` of ``/v1``: whose it is, and what they may do now.

As with API keys, a worker remembers what it read together with the stamps of the organisation and the person, and
reads again when one of them moved: a token that is revoked, or whose person or application is, dies with the next
request in every worker.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.http import HttpRequest

from accounts.authentication import REMEMBERED, USE_IS_NOTED_EVERY, Credential, Unauthenticated
from accounts.oauth import dpop, tokens
from accounts.oauth.models import Application
from accounts.oauth.scopes import permissions
from accounts.oauth.verifying import NotOurs, Verified, published, verified
from accounts.workloads.models import ServiceIdentity
from audit.reasons import Reason
from tenants.permissions import KEY_SCOPES, Permission, Role
from tenants.postgresql.base import direct
from tenants.principal import Principal, PrincipalKind
from tenants.scope import Scope

LOAD = """
SELECT t.scope, t.created, t.revoked_at, t.application_id IS NOT NULL, coalesce(a.name, s.name),
    a.revoked_at IS NOT NULL OR a.suspended_at IS NOT NULL OR s.disabled_at IS NOT NULL
        OR (s.tokens_from IS NOT NULL AND t.created < s.tokens_from)
        OR (t.jkt = '' AND coalesce(a.dpop_only, s.dpop_only)),
    s.id, s.environment, coalesce(a.scopes, s.scopes), s.requests_per_minute,
    u.id, coalesce(nullif(u.name, ''), u.email), u.is_active, m.role,
    CASE o.status WHEN 'active' THEN o.billing_status ELSE o.status END, o.environment, o.requests_per_minute,
    ARRAY[
        coalesce((SELECT value FROM tenants_stamp WHERE subject = sha256(convert_to(t.org_id::text, 'UTF8'))), 0),
        coalesce((SELECT value FROM tenants_stamp WHERE subject = sha256(convert_to(u.id::text, 'UTF8'))), 0)
    ]
FROM oauth_accesstoken t
JOIN tenants_organization o ON o.id = t.org_id
LEFT JOIN oauth_application a ON a.org_id = t.org_id AND a.id = t.application_id
LEFT JOIN workloads_serviceidentity s ON s.org_id = t.org_id AND s.client_id = t.client_id
JOIN accounts_user u ON u.id = coalesce(t.user_id, s.owner_id)
LEFT JOIN tenants_membership m ON m.org_id = t.org_id AND m.user_id = u.id
WHERE t.org_id = %s AND t.id = %s AND t.jkt = %s
"""
PERSON_RATE = 120
"""Requests a minute that one person's applications may make together."""


class _Loaded(NamedTuple):
    """The columns of `LOAD`, in their order."""

    scope: str
    created: datetime
    revoked_at: datetime | None
    is_persons: bool
    name: str | None
    is_ended: bool | None
    service_id: uuid.UUID | None
    service_environment: str | None
    client_scopes: list[str] | None
    service_rate: int | None
    user_id: uuid.UUID
    user_name: str
    is_active: bool
    role: str | None
    org_status: str
    org_environment: str
    org_rate: int
    stamps: list[int]


@dataclass(frozen=True, slots=True)
class TokenCredential(Credential):
    """An access token as it was when its organisation's and its person's stamps were `stamps`."""

    kid: str = ""

    def check(self, now: datetime, address: str) -> None:
        """Raise `Unauthenticated` if the token may not be used now."""
        if self.revoked or self.kid not in published():
            raise Unauthenticated(Reason.TOKEN_REVOKED)
        if self.ends_at is not None and self.ends_at <= now:
            raise Unauthenticated(Reason.TOKEN_EXPIRED)
        if self.principal.role is None:
            raise Unauthenticated(Reason.TOKEN_ORPHANED)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that was presented and is ours."""

    hash: bytes
    told: Verified

    def remembered(self) -> TokenCredential:
        """Return the credential, from memory or from the database; raises `Unauthenticated` if there is none."""
        return _remembered.get(self.hash) or self.read_again()

    def read_again(self) -> TokenCredential:
        """Return the credential as the database has it now, and remember it."""
        told = self.told
        row = direct.ask_as(Scope(org_id=told.org_id), LOAD, [told.org_id, told.jti, told.jkt])
        if row is None:
            _remembered.pop(self.hash, None)
            raise Unauthenticated(Reason.TOKEN_REVOKED)
        if len(_remembered) >= REMEMBERED:
            _remembered.clear()
        credential = _remembered[self.hash] = _credential(_Loaded(*row), told)
        return credential

    def prove(self, request: HttpRequest) -> None:
        """Raise `Unauthenticated` unless the token comes as it must: a bound one with proof of its key, and only that.

        A proof beside a bearer token is not looked at (RFC 9449, 7.2).
        """
        if is_dpop(request) != bool(self.told.jkt):
            raise Unauthenticated(Reason.TOKEN_SCHEME)
        if self.told.jkt:
            try:
                proof = dpop.proven(request, self.hash)
                if proof.jkt != self.told.jkt:
                    raise dpop.Unproven
                dpop.use(proof, self.told.org_id)
            except dpop.Unproven as error:
                raise Unauthenticated(error.reason) from None

    def note_use(self, credential: Credential, now: datetime) -> None:
        """Keep when an application or service last called, to the minute; the tenant's scope must be open."""
        last = _noted.get(self.told.client_id)
        if last is None or now - last >= USE_IS_NOTED_EVERY:
            if len(_noted) >= REMEMBERED:
                _noted.clear()
            _noted[self.told.client_id] = now
            model = Application if self.told.kind == tokens.USER else ServiceIdentity
            model.objects.filter(client_id=self.told.client_id).update(last_used_at=now)


_seen: dict[bytes, Token] = {}
_remembered: dict[bytes, TokenCredential] = {}
_noted: dict[str, datetime] = {}


def is_dpop(request: HttpRequest) -> bool:
    """Tell whether a request's credential comes by the scheme of bound tokens."""
    scheme: str = request.META.get("HTTP_AUTHORIZATION", "")[:5]
    return scheme.lower() == "dpop "


def presented(token: str) -> Token:
    """Return the token; raises `Unauthenticated` unless we signed it for this API. It is verified once in a worker."""
    digest = hashlib.sha256(token.encode(errors="replace")).digest()
    known = _seen.get(digest)
    if known is None:
        try:
            known = Token(digest, verified(token))
        except NotOurs as error:
            raise Unauthenticated(error.reason) from error
        if len(_seen) >= REMEMBERED:
            _seen.clear()
        _seen[digest] = known
    return known


def _credential(row: _Loaded, told: Verified) -> TokenCredential:
    role = Role(row.role) if row.role and row.is_active else None
    is_persons = row.is_persons and told.kind == tokens.USER and told.subject == str(row.user_id)
    principal = _person(row, told, role) if is_persons else _service(row, told, role)
    return TokenCredential(
        principal=principal,
        org_status=row.org_status,
        stamps=tuple(row.stamps),
        key_rate=PERSON_RATE if is_persons else row.service_rate or 1,
        org_rate=row.org_rate,
        networks=(),
        revoked=row.revoked_at is not None or row.is_ended is not False,
        ends_at=datetime.fromtimestamp(told.expires_at, UTC),
        kid=told.kid,
    )


def _person(row: _Loaded, told: Verified, role: Role | None) -> Principal:
    """Return the person with what they consented to and the application may still ask for."""
    return Principal(
        kind=PrincipalKind.PERSON,
        id=str(row.user_id),
        org_id=told.org_id,
        label=f"{row.user_name} via {row.name}",
        role=role,
        scopes=frozenset(scope for scope in permissions(row.scope) if scope.value in (row.client_scopes or ())),
        environment=row.org_environment,
        user_id=row.user_id,
        via=told.client_id,
    )


def _service(row: _Loaded, told: Verified, role: Role | None) -> Principal:
    """Return the service with the scopes that it had when the token was made and has still."""
    had = {Permission(scope) for scope in row.scope.split() if scope in set(KEY_SCOPES)}
    return Principal(
        kind=PrincipalKind.SERVICE,
        id=str(row.service_id),
        org_id=told.org_id,
        label=row.name or told.client_id,
        role=role,
        scopes=frozenset(scope for scope in had if scope.value in (row.client_scopes or ())),
        environment=row.service_environment or "test",
        user_id=row.user_id,
    )
