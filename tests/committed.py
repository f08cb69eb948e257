"""Organisations whose rows are committed, for tests of several connections at once; each is new."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from tenants.apps import _store_scope_keys
from tenants.permissions import Role
from tests.people import Person, found, join, passkey_of


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let a test use the database without a transaction around it."""
    with django_db_blocker.unblock():
        yield
        for alias in connections:
            connections[alias].close()


@pytest.fixture
def stored_keys(settings: Settings, committed: None) -> Iterator[Callable[[], None]]:
    """Stores the keys that the settings name now, as a migration does; at the end the true ones again."""

    def store() -> None:
        _store_scope_keys(using="owner")

    original = settings.SECRET_KEY
    yield store
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = original, []
    store()
    connections["owner"].close()


def new_owner() -> Person:
    """Make an organisation nobody else uses, and return who owns it."""
    name = secrets.token_hex(6)
    owner = found(f"owner@{name}.example", f"Olga {name}", f"Acme {name}")
    passkey_of(owner.user)
    return owner


def new_member(owner: Person, role: Role) -> Person:
    """Put a new person in the owner's organisation."""
    name = secrets.token_hex(6)
    member = join(owner.organization, f"member@{name}.example", f"Max {name}", role)
    passkey_of(member.user)
    return member
