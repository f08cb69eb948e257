"""Connections that an admin set up, made by the verbs an admin uses."""

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.sso import connections, domains, oidc, pinning, roles
from accounts.sso.models import Connection, Domain, ProvedDomain, domain_hash
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.sso.openid_peer import OpenIdPeer
from tests.people import Person

ROLE_MAP = "engineers = developer\nboard = admin"


def prove(owner: Person, name: str) -> None:
    """Have an organisation own a domain."""
    with org_scope(owner.organization.id):
        domain = domains.add(owner.may(Permission.SSO_CHANGE), name)
        ProvedDomain.objects.create(domain=Domain.objects.get(id=domain.id), hash=domain_hash(name))


def connect(owner: Person, peer: OpenIdPeer, *, role_map: str = ROLE_MAP, enabled: bool = True) -> Connection:
    """Connect an OpenID provider, as the wizard does, and enable it."""
    with org_scope(owner.organization.id):
        grant = owner.may(Permission.SSO_CHANGE)
        connection = connections.create(grant, "oidc", "Acme IdP")
        client_id, secret = peer.register(oidc.redirect_uri(connection))
        values = {"address": peer.issuer, "document": "", "client_id": client_id, "scope": oidc.SCOPES}
        pinning.pin(grant, connection, {**values, "client_secret": secret})
        connections.map_roles(grant, connection.id, roles.parsed(grant, role_map), "", "groups")
        if enabled:
            Connection.objects.filter(id=connection.id).update(tested_at="2026-11-01T00:00Z")
            connections.enable(grant, connection.id)
        made: Connection = Connection.objects.get(id=connection.id)
        return made


def come_in(browser: Client, connection: Connection, peer: OpenIdPeer, subject: str, query: str = "") -> HttpResponse:
    """Sign in through a connection with the provider itself in between; return what Tidegate answers at the end."""
    start = browser.get(reverse("sso_start", args=[connection.provider_id]) + query)
    assert start.status_code == 302, start.content.decode()[:2000]
    back = urlsplit(peer.sign_in(start.headers["Location"], subject))
    return browser.get(f"{back.path}?{back.query}")  # type: ignore[return-value]  # Django's client adds to it
