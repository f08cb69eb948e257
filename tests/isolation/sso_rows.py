"""A tenant's domain, its identity provider, and who is who there."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from accounts.sso import connections, domains
from accounts.sso.models import Connection, Domain, Identity, ProvedDomain, SamlAnswer, domain_hash
from tenants.permissions import Permission

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def _domain(estate: "Estate") -> Domain:
    return domains.add(estate.owner.may(Permission.SSO_CHANGE), f"{estate.canary}.example")


def _proof(estate: "Estate") -> ProvedDomain:
    domain: Domain = Domain.objects.get()
    return ProvedDomain.objects.create(domain=domain, hash=domain_hash(domain.name))  # type: ignore[no-any-return]  # the stubs say Any


def _connection(estate: "Estate") -> Connection:
    grant = estate.owner.may(Permission.SSO_CHANGE)
    made = connections.create(grant, "oidc", f"IdP {estate.canary}")
    host = f"https://{estate.canary}.example"
    pinned = {
        "issuer": host,
        "client_id": estate.canary,
        "authorization_endpoint": f"{host}/authorize",
        "token_endpoint": f"{host}/token",
        "jwks_uri": f"{host}/jwks",
        "algorithms": ["ES256"],
        "token_auth": "client_secret_basic",
    }
    return connections.pin(grant, made.id, pinned, estate.canary)


def _identity(estate: "Estate") -> Identity:
    values = {"connection": Connection.objects.get(), "subject": estate.canary, "user": estate.member.user}
    return Identity.objects.create(**values)  # type: ignore[no-any-return]  # the stubs say Any


def _answer(estate: "Estate") -> SamlAnswer:
    values = {"connection": Connection.objects.get(), "expires_at": timezone.now() + timedelta(days=1)}
    return SamlAnswer.objects.create(assertion_hash=secrets.token_bytes(32), **values)  # type: ignore[no-any-return]  # the stubs say Any


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {
    Domain: _domain,
    ProvedDomain: _proof,
    Connection: _connection,
    Identity: _identity,
    SamlAnswer: _answer,
}
