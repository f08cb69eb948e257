"""Three people: Olga owns Acme, Max is a developer in it, Eve owns Globex and is everybody's outsider."""

import secrets
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.test import Client
from django.test.client import ClientHandler

from accounts.models import ApiKey, StaffDuty, User
from accounts.recovery_codes import RecoveryCodes
from accounts.services import keys
from accounts.sessions import SessionStore
from audit.record import Actor
from billing.entitlements.limits import Limits
from billing.entitlements.verbs import assign
from tenants.guard import Grant, require
from tenants.models import Membership, Organization
from tenants.permissions import KEY_SCOPES, Permission, Role
from tenants.principal import Duty, Level, Principal, PrincipalKind, Resource
from tenants.scope import Scope, open_scope, org_scope
from tenants.services import organizations
from tests.authenticators import SoftwarePasskey

PASSWORD = "correct-horse-battery-staple"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in one organisation, with what a test needs to act as them."""

    user: User
    organization: Organization
    role: Role

    @property
    def principal(self) -> Principal:
        return Principal(
            kind=PrincipalKind.PERSON,
            id=str(self.user.pk),
            org_id=self.organization.id,
            label=str(self.user),
            role=self.role,
            environment=self.organization.environment,
            level=Level.AAL3,
            fresh=True,
            user_id=self.user.pk,
        )

    def may(self, permission: Permission) -> Grant:
        """Return the grant of `permission`, or raise `Refused`."""
        with org_scope(self.organization.id):
            return require(self.principal, permission, Resource("test", self.organization.id))

    def key(self, *scopes: Permission, **options: object) -> tuple[ApiKey, str]:
        """Make an API key with `scopes` (all that a key can carry where none is given); return it with its secret."""
        asked = [scope.value for scope in scopes or self.all_scopes()]
        with org_scope(self.organization.id):
            wanted = keys.KeyRequest(name="test", scopes=asked, **options)  # type: ignore[arg-type]  # options of several types
            return keys.create(self.may(Permission.KEYS_CREATE), wanted)

    def all_scopes(self) -> list[Permission]:
        return [scope for scope in keys.grantable_scopes(self.principal) if scope in KEY_SCOPES]

    def browser(self, enforce_csrf_checks: bool = False) -> "Browser":
        """Return a client in which this person signed in with a passkey just now."""
        client = signed_in(self.user, enforce_csrf_checks)
        client.prove(self.user, passkey_of(self.user))
        return client


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the company's own finance staff, who belongs to no organisation."""

    user: User

    @property
    def principal(self) -> Principal:
        return Principal(
            kind=PrincipalKind.OPERATOR,
            id=str(self.user.pk),
            org_id=None,
            label=str(self.user),
            level=Level.AAL3,
            fresh=True,
            user_id=self.user.pk,
            duties=frozenset({Duty.FINANCE}),
        )

    def may(self, permission: Permission, org_id: uuid.UUID) -> Grant:
        """Return the grant of `permission` on an organisation, or raise `Refused`."""
        with org_scope(org_id):
            return require(self.principal, permission, Resource("test", org_id))

    def browser(self) -> "Browser":
        """Return a client in which this person signed in with a passkey just now."""
        client = signed_in(self.user)
        client.prove(self.user, passkey_of(self.user))
        return client


class Browser(Client):
    """Django's test client, which takes the key of a session for what the cookie holds; it is the secret's hash."""

    @property
    def session(self) -> SessionStore:
        return SessionStore.presented(self.cookies[settings.SESSION_COOKIE_NAME].value)

    def force_login(self, user: User, backend: str | None = None) -> None:
        request = HttpRequest()
        request.session = session = SessionStore()
        login(request, user, backend)
        session.save()
        self.cookies[settings.SESSION_COOKIE_NAME] = session.secret

    def prove(self, user: User, factor: Authenticator, ago: float = 0) -> None:
        """Let the session have used `factor`, that many seconds ago, as allauth writes it down."""
        session = self.session
        session["account_authentication_methods"] = [
            {"method": "mfa", "type": factor.type, "id": factor.pk, "at": time.time() - ago}
        ]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()


_handler = ClientHandler(enforce_csrf_checks=False)


def passkey_of(user: User, passkey: SoftwarePasskey | None = None) -> Authenticator:
    """Return the person's passkey, which is made where they have none; `passkey` can answer for it."""
    held = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).first()
    made = passkey or SoftwarePasskey()
    return held or WebAuthn.add(user, "Laptop", made.register(secrets.token_urlsafe(32))).instance


def recovery_codes_of(user: User) -> list[str]:
    """Return recovery codes that are made for the person, as the page that shows them would."""
    codes = RecoveryCodes.activate(user)
    codes.mark_as_viewed()
    return codes.get_unused_codes()


def new_client(**headers: str) -> Browser:
    """Return a client; all share one stack of middleware, whose loading costs more than most requests."""
    client = Browser(headers=headers)
    client.handler = _handler
    return client


def signed_in(user: User, enforce_csrf_checks: bool = False) -> Browser:
    """Return a client in which `user` has a session."""
    client = Browser(enforce_csrf_checks=True) if enforce_csrf_checks else new_client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@cache
def _hashed_password() -> str:
    """Hash the password once a run: Argon2 is slow on purpose."""
    return make_password(PASSWORD)


def new_person(email: str, name: str) -> User:
    """Make a person whose e-mail address is proved."""
    user = User.objects.create(email=email, name=name, password=_hashed_password())
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


UNBOUND = Limits(None, None, None, seats=None, models=None, retention_days=400, requests_per_minute=6000)


def found(email: str, name: str, organization: str, limits: Limits | None = UNBOUND) -> Person:
    """Make a person and the organisation they own; a plan stands in nobody's way unless `limits` says so.

    `None` leaves it on the free plan, on which every organisation begins.
    """
    user = new_person(email, name)
    with open_scope(Scope(user_id=user.pk)):
        made = organizations.create(organization, Actor("person", str(user.pk), name))
    if limits is not None:
        with org_scope(made.id):
            assign("tests", 1, limits)
            made = Organization.objects.get()
    return Person(user, made, Role.OWNER)


def join(organization: Organization, email: str, name: str, role: Role) -> Person:
    """Make a person and put them in `organization` with `role`."""
    user = new_person(email, name)
    with org_scope(organization.id):
        Membership.objects.create(user=user, role=role.value)
    return Person(user, organization, role)


def new_staff(email: str, name: str) -> Staff:
    """Make somebody of the company's own finance staff."""
    user = new_person(email, name)
    StaffDuty.objects.create(user=user, duty=Duty.FINANCE.value)
    return Staff(user)


@pytest.fixture
def finance(db: None) -> Staff:
    return new_staff("fiona@tidegate.example", "Fiona Finance")


@pytest.fixture
def other_finance(db: None) -> Staff:
    return new_staff("frank@tidegate.example", "Frank Finance")


@pytest.fixture
def olga(db: None) -> Person:
    return found("olga@acme.example", "Olga Owner", "Acme Rockets")


@pytest.fixture
def max_(olga: Person) -> Person:
    return join(olga.organization, "max@acme.example", "Max Member", Role.DEVELOPER)


@pytest.fixture
def eve(db: None) -> Person:
    return found("eve@globex.example", "Eve Else", "Globex Industries")


@pytest.fixture
def in_acme(olga: Person) -> Iterator[Person]:
    """Olga, with her organisation open."""
    with org_scope(olga.organization.id):
        yield olga
