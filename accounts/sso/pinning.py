"""Pinning a provider from what an admin gave, and what the admin carries to the provider in return."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.sso import connections, oidc, oidc_provider, saml_provider
from accounts.sso.models import Connection
from tenants.guard import Grant

Facts = list[tuple[str, str]]


def pin(grant: Grant, connection: Connection, values: dict[str, Any]) -> Connection:
    """Read what `values` (of the form of the kind) name, and pin it; raises `ValidationError` on the field."""
    if connection.kind == Connection.Kind.OIDC:
        read = (
            oidc_provider.from_address(values["address"])
            if values["address"]
            else oidc_provider.from_document(values["document"].encode())
        )
        pinned = {**read, "client_id": values["client_id"].strip(), "scope": values["scope"]}
        return connections.pin(grant, connection.id, pinned, values["client_secret"])
    document = saml_provider.document_at(values["address"]) if values["address"] else values["document"].encode()
    saml = saml_provider.from_document(document, "address" if values["address"] else "document")
    ends: datetime | None = saml_provider.end_of(saml["certificates"])
    return connections.pin(grant, connection.id, saml, certificate_ends_at=ends)


def handover(connection: Connection) -> Facts:
    """Return what the provider must be told, under the names most providers use."""
    sign_in = settings.BASE_URL + reverse("sso_entry", args=[connection.provider_id])
    if connection.kind == Connection.Kind.OIDC:
        return [("Redirect URI", oidc.redirect_uri(connection)), ("Sign-in address (initiate login URI)", sign_in)]
    return [
        ("ACS URL (reply URL, single sign-on URL)", saml_provider.acs_url(connection)),
        ("Entity ID (audience URI, identifier)", saml_provider.entity_id(connection)),
        ("Our metadata", saml_provider.entity_id(connection)),
        ("Sign-in address", sign_in),
    ]


def facts(connection: Connection) -> Facts:
    """Return what is pinned, as people read it."""
    kept = connection.pinned
    if not kept:
        return []
    if connection.kind == Connection.Kind.OIDC:
        return [
            ("Issuer", kept["issuer"]),
            ("Client ID", kept["client_id"]),
            ("Signing keys", kept["jwks_uri"]),
            ("Algorithms", ", ".join(kept["algorithms"])),
        ]
    return [("Entity ID", kept["entity_id"]), ("Sign-on address", kept["sso_url"])]
