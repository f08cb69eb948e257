"""Connections that an admin set up, made by the verbs an admin uses."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.sso import connections, domains, oidc, pinning, roles, saml
from accounts.sso.models import Connection, Domain, ProvedDomain, domain_hash
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.sso.openid_peer import OpenIdPeer
from tests.accounts.sso.saml_peer import SamlPeer, encoded
from tests.people import Person, new_client

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


def connect_saml(owner: Person, peer: SamlPeer, *, role_map: str = ROLE_MAP) -> Connection:
    """Connect a SAML provider by its metadata, as the wizard does, tell it of us, and enable it."""
    with org_scope(owner.organization.id):
        grant = owner.may(Permission.SSO_CHANGE)
        connection = connections.create(grant, "saml", "Acme SAML")
        pinning.pin(grant, connection, {"address": "", "document": peer.metadata()})
        connections.map_roles(grant, connection.id, roles.parsed(grant, role_map), "", "groups")
        Connection.objects.filter(id=connection.id).update(tested_at="2026-11-01T00:00Z")
        connections.enable(grant, connection.id)
        made: Connection = Connection.objects.get(id=connection.id)
    peer.knows(saml.metadata(made).decode())
    return made


def asked(browser: Client, connection: Connection, peer: SamlPeer, query: str = "") -> Any:  # noqa: ANN401
    """Begin a sign-in and return the request that the provider got."""
    start = browser.get(reverse("sso_start", args=[connection.provider_id]) + query)
    return peer.request_in(start.headers["Location"])


def delivered(browser: Client, connection: Connection, document: bytes, relay_state: str = "") -> HttpResponse:
    """Post an answer as the provider's page does, from another site and so without cookies; fetch what it led to."""
    form = {"SAMLResponse": encoded(document), "RelayState": relay_state}
    arrived = new_client().post(reverse("sso_acs", args=[connection.provider_id]), form)
    if arrived.status_code != 302:
        return arrived  # type: ignore[return-value]  # the stubs know a narrower type
    return browser.get(arrived.headers["Location"])  # type: ignore[return-value]  # the stubs know a narrower type
