"""Permissions, reasons and events: each is used, each is explained, none is a string at a call (A5)."""

import ast
import re
import uuid
from enum import StrEnum
from pathlib import Path

import pytest
from django.conf import settings

from audit.events import Event
from audit.reasons import Reason
from config.checks import views_declare_access
from promptguard.api import middleware  # noqa: F401 (its import declares the operations)
from promptguard.api.operations import OPERATIONS, Callers
from tenants.permissions import KEY_SCOPES, PERSON_SCOPES, Permission, Role
from tenants.policy import Allowed, decide, load
from tenants.principal import Duty, Level, Principal, PrincipalKind, Resource
from tests.people import new_client

ORG = uuid.uuid4()
ROOT = Path(settings.BASE_DIR)
APPS = ("config", "promptguard", "billing", "accounts", "tenants", "audit")
SOURCES = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
POLICIES = "".join(path.read_text() for path in (ROOT / "tenants" / "policies").glob("*.cedar"))
WAITING = {
    Permission.WEBHOOKS_READ: "webhooks' pages",
    Reason.KEY_ENVIRONMENT: "installations of one environment",
    Reason.NO_TENANT: "a decision without an organisation",
}
"""Words that are agreed on and wait for what will use them."""


def _used(vocabulary: type[StrEnum]) -> set[StrEnum]:
    """Return the members that some source names, and those that a policy answers with."""
    named = {
        node.attr
        for path in SOURCES
        if path.name not in {"permissions.py", "reasons.py", "events.py"}
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == vocabulary.__name__
    }
    return {member for member in vocabulary if member.name in named or f'@id("{member.value}' in POLICIES}


@pytest.mark.parametrize("vocabulary", [Permission, Reason, Event])
def test_every_word_is_used_or_waits_for_something_named(vocabulary: type[StrEnum]) -> None:
    waiting = {word for word in WAITING if isinstance(word, vocabulary)}
    assert set(vocabulary) - _used(vocabulary) == waiting


@pytest.mark.parametrize("vocabulary", [Permission, Role, Reason, Event])
def test_every_word_has_its_sentence(vocabulary: type[StrEnum]) -> None:
    for word in vocabulary:
        assert len(word.sentence.split()) >= (1 if vocabulary in {Event, Role} else 2), word  # type: ignore[attr-defined]  # every vocabulary has it


def test_every_permission_is_some_roles() -> None:
    people = [Principal(PrincipalKind.PERSON, "p", ORG, role=role, level=Level.AAL3, fresh=True) for role in Role]
    operator = Principal(PrincipalKind.OPERATOR, "o", None, level=Level.AAL3, fresh=True, duties=frozenset(Duty))
    for permission in Permission:
        asked = [decide(who, permission, Resource("x", ORG)) for who in (*people, operator)]
        assert any(isinstance(answer, Allowed) for answer in asked), permission


def test_the_policies_name_only_permissions_there_are() -> None:
    assert set(re.findall(r'Action::"([^"]+)"', POLICIES)) <= {permission.value for permission in Permission}
    assert set(load().sets) == set(Permission)


def test_every_operation_needs_a_scope_that_a_key_can_carry() -> None:
    of_people = {operation.permission for operation in OPERATIONS if operation.callers is Callers.PEOPLE}
    of_services = {operation.permission for operation in OPERATIONS} - of_people
    assert of_services <= KEY_SCOPES
    assert of_people <= PERSON_SCOPES


def test_every_view_says_who_may_open_it() -> None:
    assert views_declare_access(None) == []


def test_no_permission_is_written_as_a_string() -> None:
    values = {permission.value for permission in Permission}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path.name != "permissions.py" and "demo" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in values
    ]
    assert found == []


@pytest.mark.django_db
def test_every_reason_is_explained_on_the_page_of_problems() -> None:
    page = new_client().get("/docs/problems").content.decode()
    missing = [reason.value for reason in Reason if reason.value not in page]
    assert missing == []


def test_codes_are_well_formed_and_never_doubled() -> None:
    codes = [reason.value for reason in Reason]
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert re.fullmatch(r"(AUTHN|AUTHZ|TEN|LIM|BIL|GRD|REL|SYS)-[A-Z]{2,6}-\d{3}", code), code
    for event in Event:
        assert re.fullmatch(r"[a-z]+:[a-z_]+:[a-z_]+", event.value), event
