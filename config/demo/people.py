"""The people, organisations and keys of the demonstration. Everything in it is invented."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import transaction

from accounts import key_format
from accounts.models import ApiKeySecret, StaffDuty, User
from accounts.services import keys
from audit.record import Actor
from billing.catalogue.plans import plan
from billing.entitlements.verbs import assign
from billing.subscriptions.models import SubscriptionState
from config.demo.applications import seed_application
from tenants.credentials import credential_hash
from tenants.guard import require
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.principal import Duty, Level, Principal, PrincipalKind, Resource
from tenants.scope import Scope, open_scope, org_scope
from tenants.services import organizations

KEYS = {
    "developer": (
        "guard:check",
        "reservations:settle",
        "models:read",
        "decisions:read",
        "decisions:report",
        "usage:read",
        "policy:read",
    ),
    "read_only": ("models:read", "decisions:read", "usage:read"),
}
OPERATOR = "operator@tidegate.example"
FINANCE = (("fiona@tidegate.example", "Fiona Ledger"), ("frank@tidegate.example", "Frank Quill"))
"""The company's own finance staff: two, since nobody approves what they prepared."""


@dataclass(frozen=True, slots=True)
class Cast:
    """An organisation and its people: (name, role), the first of them its founder."""

    name: str
    domain: str
    people: tuple[tuple[str, Role], ...]


CASTS = (
    Cast(
        "Northwind Analytics",
        "northwind.example",
        (
            ("Olga Lindqvist", Role.OWNER),
            ("Amir Haddad", Role.ADMIN),
            ("Dana Kim", Role.DEVELOPER),
            ("Ines Moreau", Role.ANALYST),
            ("Felix Brandt", Role.FINANCE),
            ("Sana Okafor", Role.SECURITY),
            ("Vera Novak", Role.VIEWER),
        ),
    ),
    Cast(
        "Blue Heron Health",
        "blueheron.example",
        (("Tomas Reyes", Role.OWNER), ("Mei Tanaka", Role.DEVELOPER), ("Jonas Weber", Role.SECURITY)),
    ),
)


def path() -> Path:
    """Return where the demonstration's addresses, passwords and keys are written, readable by their owner only."""
    return Path(settings.TIDEGATE_VAR) / "demo.json"


def seed() -> dict[str, Any]:
    """Make what is missing of the demonstration, write its file and return what it says."""
    known = _known()
    written = {
        "base_url": settings.BASE_URL,
        "organizations": [_organization(cast, known) for cast in CASTS],
        "operator": _operator(known),
        "finance": [_finance(email, name, known) for email, name in FINANCE],
    }
    _write(written)
    return written


def _known() -> dict[str, dict[str, Any]]:
    """Return what the file of an earlier start says, by e-mail address and organisation name."""
    try:
        written = json.loads(path().read_text())
    except (OSError, ValueError):
        return {}
    staff = [written["operator"], *written.get("finance", [])]
    entries: dict[str, dict[str, Any]] = {person["email"]: person for person in staff}
    for organization in written["organizations"]:
        entries[organization["name"]] = organization
        entries |= {person["email"]: person for person in organization["people"]}
    return entries


@transaction.atomic
def _organization(cast: Cast, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    people = [_person(name, cast.domain, role, known) for name, role in cast.people]
    users = [User.objects.get(email=person["email"]) for person in people]
    organization = _founded(cast, users[0])
    with org_scope(organization.id):
        for user, (_, role) in zip(users, cast.people, strict=True):
            Membership.objects.get_or_create(user=user, defaults={"role": role.value, "source": "demo"})
        if not SubscriptionState.objects.exists():  # somebody who tries the plan pages keeps what they chose
            business = plan("business")
            assign(business.code, business.version, business.limits)
        held = known.get(cast.name, {}).get("keys", {})
        secrets_ = {name: _key(users[0], organization, name, held.get(name, "")) for name in KEYS}
    return {
        "id": str(organization.id),
        "slug": organization.slug,
        "name": organization.name,
        "keys": secrets_,
        "application": seed_application(users[0], organization),
        "people": people,
    }


def _founded(cast: Cast, founder: User) -> Organization:
    with open_scope(Scope(user_id=founder.pk)):
        existing = Organization.objects.filter(name=cast.name).first()
        return existing or organizations.create(cast.name, Actor("person", str(founder.pk), founder.name))


def _person(name: str, domain: str, role: Role, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    email = f"{name.partition(' ')[0].lower()}@{domain}"
    return {**_user(email, name, known), "role": role.value}


def _operator(known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    entry = _user(OPERATOR, "Opal Operator", known)
    User.objects.filter(email=OPERATOR).update(is_staff=True, is_superuser=True)
    return entry


def _finance(email: str, name: str, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    entry = _user(email, name, known)
    StaffDuty.objects.get_or_create(user=User.objects.get(email=email), duty=Duty.FINANCE.value)
    return entry


@transaction.atomic
def _user(email: str, name: str, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Make the person, or find them again; a password or factor that the file no longer knows is made anew."""
    password = known.get(email, {}).get("password") or secrets.token_urlsafe(15)
    totp_secret = known.get(email, {}).get("totp_secret") or generate_totp_secret()
    user, made = User.objects.get_or_create(email=email, defaults={"name": name})
    if made or email not in known:
        user.set_password(password)
        user.save(update_fields=["password"])
        EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
        Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
        TOTP.activate(user, totp_secret)
    return {"email": email, "password": password, "totp_secret": totp_secret}


def _key(founder: User, organization: Organization, name: str, held: str) -> str:
    """Return the key the file knows if it is still one of this organisation's, else a new one."""
    if key_format.is_well_formed(held) and ApiKeySecret.objects.filter(hash=credential_hash(held)).exists():
        return held
    principal = Principal(
        PrincipalKind.PERSON,
        str(founder.pk),
        organization.id,
        founder.name,
        Role.OWNER,
        environment=organization.environment,
        level=Level.AAL3,
        fresh=True,
        user_id=founder.pk,
    )
    grant = require(principal, Permission.KEYS_CREATE, Resource("keys", organization.id))
    wanted = keys.KeyRequest(name=name.replace("_", " ").capitalize(), scopes=KEYS[name], requests_per_minute=6000)
    return keys.create(grant, wanted)[1]


def _write(written: dict[str, Any]) -> None:
    unfinished = path().with_suffix(".tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(written, file, indent=2)
    unfinished.replace(path())
