"""Credentials that open a tenant by being presented: API keys and invitation tokens, stored as their SHA-256."""

import hashlib
import secrets
import uuid

from django.db import connection

from tenants.scope import Scope, open_scope


def credential_hash(credential: str) -> bytes:
    """Return what is stored of a credential. It has at least 160 random bits, so a plain hash is enough."""
    return hashlib.sha256(credential.encode()).digest()


def new_token() -> str:
    """Return a URL-safe token of 256 bits."""
    return secrets.token_urlsafe(32)


def org_of(credential: str) -> uuid.UUID | None:
    """Return the tenant that a presented credential opens; `None` if nobody's."""
    with open_scope(Scope(credential=credential_hash(credential))), connection.cursor() as cursor:
        cursor.execute("SELECT tidegate_org()")
        row: tuple[uuid.UUID | None] = cursor.fetchone()
    return row[0]
