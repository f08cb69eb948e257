"""Applications: registered, changed and revoked by administrators; and what people gave them, withdrawn."""

import json
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from accounts.oauth import families, redirects
from accounts.oauth.models import Application
from accounts.oauth.scopes import EVERY
from audit.events import Event
from audit.record import record_event
from tenants.credentials import credential_hash
from tenants.guard import Grant
from tenants.permissions import Permission

MOST = 200
MOST_KEYS = 5
LONGEST_JWKS = 16_384
_SMALLEST_RSA = 2048
_SECRET_PARTS = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationDetails:
    """What can be asked of an application at any time."""

    name: str
    redirect_uris: Iterable[str]
    scopes: Iterable[str]
    homepage: str = ""
    dpop_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRequest(ApplicationDetails):
    """What is asked of a new application. `jwks` is a JWK Set as JSON text, for a confidential one only."""

    client_type: str = Application.CLIENT_PUBLIC
    jwks: str = ""


@transaction.atomic
def register(grant: Grant, wanted: ApplicationRequest) -> Application:
    """Make an application; raises `ValidationError` by field."""
    grant.must_be(Permission.APPS_CHANGE)
    maker = grant.principal.user_id
    if maker is None:
        raise ValidationError({"name": "Only a person can register an application."})
    if Application.objects.filter(revoked_at=None).count() >= MOST:
        raise ValidationError({"name": f"There are {MOST} applications; revoke some first."})
    client_id = f"app_{secrets.token_hex(16)}"
    application: Application = Application.objects.create(
        client_id=client_id,
        hash=credential_hash(client_id),
        client_type=_checked_type(wanted.client_type),
        jwks=_checked_jwks(wanted),
        created_by_id=maker,
        **_checked_details(wanted, wanted.client_type == Application.CLIENT_PUBLIC),
    )
    record_event(
        Event.APP_REGISTERED,
        grant.actor(),
        application.client_id,
        application.name,
        decision_id=grant.decision_id,
        scopes=application.scopes,
        client_type=application.client_type,
    )
    return application


@transaction.atomic
def change(grant: Grant, application_id: uuid.UUID, wanted: ApplicationDetails) -> Application:
    """Change what an `ApplicationDetails` holds; raises `ValidationError` by field.

    It counts at once: consents that hold a scope the application no longer has end, and codes under way to an address
    it no longer has. A scope it gains is nobody's consent: people are asked anew.
    """
    grant.must_be(Permission.APPS_CHANGE)
    application: Application = Application.objects.select_for_update().get(id=application_id, revoked_at=None)
    new = _checked_details(wanted, application.is_public)
    former = {name: getattr(application, name) for name in new if getattr(application, name) != new[name]}
    if not former:
        return application
    for name in former:
        setattr(application, name, new[name])
    application.save(update_fields=list(former))
    record_event(
        Event.APP_CHANGED,
        grant.actor(),
        application.client_id,
        application.name,
        decision_id=grant.decision_id,
        ended=families.end_what_no_longer_fits(application),
        **{f"{name}_before": value for name, value in former.items()},
        **{f"{name}_after": new[name] for name in former},
    )
    return application


@transaction.atomic
def revoke(grant: Grant, application_id: uuid.UUID) -> Application:
    """End an application and everything that was issued to it, with the next request."""
    grant.must_be(Permission.APPS_CHANGE)
    application: Application = Application.objects.select_for_update().get(id=application_id, revoked_at=None)
    application.revoked_at = timezone.now()
    application.save(update_fields=["revoked_at"])
    ended = families.end_all_of(application)
    record_event(
        Event.APP_REVOKED,
        grant.actor(),
        application.client_id,
        application.name,
        decision_id=grant.decision_id,
        ended=ended,
    )
    return application


@transaction.atomic
def withdraw(grant: Grant, application_id: uuid.UUID) -> Application:
    """End what the person gave an application."""
    grant.must_be(Permission.APPS_USE)
    application: Application = Application.objects.get(id=application_id)
    ended = families.end_all_of(application, grant.principal.user_id)
    record_event(
        Event.CONSENT_WITHDRAWN,
        grant.actor(),
        application.client_id,
        application.name,
        decision_id=grant.decision_id,
        ended=ended,
    )
    return application


def _checked_details(wanted: ApplicationDetails, is_public: bool) -> dict[str, Any]:
    """Return the columns that `wanted` comes to."""
    return {
        "name": _checked_name(wanted.name),
        "homepage": _checked_homepage(wanted.homepage),
        "redirect_uris": "\n".join(_checked_uris(wanted.redirect_uris, is_public)),
        "scopes": _checked_scopes(wanted.scopes),
        "dpop_only": bool(wanted.dpop_only),
    }


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise ValidationError({"name": "Give a name of 1 to 80 printable characters."})
    return name


def _checked_homepage(homepage: str) -> str:
    homepage = homepage.strip()
    if homepage and (urlsplit(homepage).scheme != "https" or redirects.fault(homepage)):
        raise ValidationError({"homepage": "Give an https address."})
    return homepage


def _checked_type(client_type: str) -> str:
    if client_type not in {Application.CLIENT_PUBLIC, Application.CLIENT_CONFIDENTIAL}:
        raise ValidationError({"client_type": "Choose public or confidential."})
    return client_type


def _checked_uris(uris: Iterable[str], is_public: bool) -> list[str]:
    listed = list(dict.fromkeys(uri.strip() for uri in uris if uri.strip()))
    if not 1 <= len(listed) <= redirects.MOST:
        raise ValidationError({"redirect_uris": f"Give 1 to {redirects.MOST} redirect URIs."})
    for uri in listed:
        fault = redirects.fault(uri, is_public)
        if fault:
            raise ValidationError({"redirect_uris": f"“{uri[:100]}” {fault}."})
    return listed


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    asked = set(scopes)
    if not asked or asked - set(EVERY):
        raise ValidationError({"scopes": "Choose at least one of the listed scopes."})
    return [scope for scope in EVERY if scope in asked]


def _checked_jwks(wanted: ApplicationRequest) -> dict[str, Any]:
    """Return the public keys of a confidential application; a private one is refused: it is no secret any more."""
    if wanted.client_type == Application.CLIENT_PUBLIC:
        if wanted.jwks.strip():
            raise ValidationError({"jwks": "A public application has no keys."})
        return {}
    try:
        read = json.loads(wanted.jwks[: LONGEST_JWKS + 1])
        keys = read["keys"]
        if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
            raise ValueError
        if any(_SECRET_PARTS & set(key) for key in keys):
            raise ValidationError({"jwks": "That holds a private key. Make a new pair and give the public half only."})
        if not all(_is_strong(key) for key in KeySet.import_key_set(read).keys):
            raise ValueError
    except (ValueError, TypeError, KeyError, JoseError, RecursionError) as error:
        detail = f"Give a JWK Set of 1 to {MOST_KEYS} public keys: P-256, Ed25519, or RSA of {_SMALLEST_RSA} bits."
        raise ValidationError({"jwks": detail}) from error
    return {"keys": keys}


def _is_strong(key: object) -> bool:
    match key:
        case ECKey():
            return key.curve_name == "P-256"
        case OKPKey():
            return key.curve_name == "Ed25519"
        case RSAKey():
            return int(key.raw_value.key_size) >= _SMALLEST_RSA
    return False
