"""Tasks, caches, files and vectors: whatever works beside requests carries the tenant too (T12, T13, T14, T18)."""

import ast
import inspect
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from accounts import authentication
from accounts.models import ApiKey
from config.celery import app
from promptguard import policies
from promptguard.policy import Action, Rule
from tenants.permissions import Permission
from tenants.policy import Denied, decide
from tenants.principal import Resource
from tenants.scope import ScopeMissing, current_scope, org_scope
from tenants.tasks import OrgTask
from tests.isolation.catalogue import Connection, tenant_tables
from tests.isolation.estate import Estate

OURS = ("audit.", "tenants.", "accounts.", "billing.", "promptguard.")
SOURCES = [
    path
    for folder in ("config", "tenants", "accounts", "billing", "audit", "promptguard")
    for path in (Path(settings.BASE_DIR) / folder).rglob("*.py")
    if "migrations" not in path.parts
]


def _tasks() -> dict[str, object]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if name.startswith(OURS)}


SEALED = {"accounts.sso.tasks.send_way_in"}
"""Tasks whose one argument is sealed: nobody who can write messages can make one up."""


def test_t12_a_task_takes_nothing_or_names_its_organisation_first(committed: None) -> None:
    """What works for everybody takes no argument that a message could swap; the rest are `OrgTask`s."""
    assert _tasks()
    for name, task in _tasks().items():
        takes = list(inspect.signature(task.run).parameters)  # type: ignore[attr-defined]  # the stubs know no task's function
        if name in SEALED:
            assert takes == ["sealed"]
            continue
        assert takes == [] or (isinstance(task, OrgTask) and takes[0] == "org_id"), name


class _Peek(OrgTask):
    """Reads a row by its id, as a task that got it in a message would."""

    name = "tests.peek"

    def run(self, org_id: str, key_id: str) -> str:
        assert str(current_scope().org_id) == org_id
        key: ApiKey = ApiKey.objects.get(id=key_id)
        return str(key.org_id)


peek = app.register_task(_Peek())


def test_t12_a_task_reads_its_own_organisation(attacker: Estate, victim: Estate) -> None:
    assert peek(str(victim.org_id), str(victim.rows[ApiKey].pk)) == str(victim.org_id)
    assert current_scope().org_id is None


def test_t12_a_message_with_another_organisations_id_finds_nothing(attacker: Estate, victim: Estate) -> None:
    with pytest.raises(ApiKey.DoesNotExist):
        peek(str(attacker.org_id), str(victim.rows[ApiKey].pk))


@pytest.mark.parametrize("org_id", ["", "everyone", "*", "None", None, 1, "0123456789abcdef" * 2 + "0"])
def test_t12_a_message_without_an_organisation_is_refused(victim: Estate, org_id: Any) -> None:  # noqa: ANN401
    with pytest.raises((ValueError, AttributeError, TypeError)):
        peek(org_id, str(victim.rows[ApiKey].pk))
    assert current_scope().org_id is None


def test_t12_a_scope_open_where_a_task_is_called_is_not_the_tasks(attacker: Estate, victim: Estate) -> None:
    with org_scope(attacker.org_id):
        assert peek(str(victim.org_id), str(victim.rows[ApiKey].pk)) == str(victim.org_id)
        assert current_scope().org_id == attacker.org_id


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_t13_nothing_of_ours_is_kept_in_the_shared_cache() -> None:
    """Whoever starts to use it names the tenant in each key, and says so here."""
    storing = ("django.core.cache", "django.views.decorators.cache.cache_page", "django.middleware.cache")
    found = {path.name for path in SOURCES for name in _imports(path) if name.startswith(storing)}
    assert found == {"passkeys.py"}  # hashes of random challenges that were used, and nothing of a tenant


def test_t13_a_remembered_policy_is_its_own_organisations(attacker: Estate, victim: Estate) -> None:
    """Also where two organisations' stamps happen to be the same number."""
    for estate in (attacker, victim):
        policies.active_policy(estate.org_id, 10**9)
    mine = policies.active_policy(attacker.org_id, 10**9)
    theirs = policies.active_policy(victim.org_id, 10**9)
    assert mine.id != theirs.id


def test_t13_a_changed_policy_is_read_again(doomed: Estate) -> None:
    with org_scope(doomed.org_id):
        secret = authentication.presented(f"Bearer {doomed.secret}")
        former = authentication.read_again(secret).stamps[0]
        policies.active_policy(doomed.org_id, former)
        rules: dict[str, object] = {"pii": Rule(action=Action.ALLOW).model_dump(mode="json")}
        grant = doomed.owner.may(Permission.POLICY_CHANGE)
        made = policies.activate(grant, policies.save(grant, rules).id)
    present = authentication.read_again(secret).stamps[0]
    assert present > former
    assert policies.active_policy(doomed.org_id, present).id == str(made.id)


def test_t13_a_remembered_decision_is_asked_by_its_organisation(attacker: Estate, victim: Estate) -> None:
    own = Resource("keys", attacker.org_id)
    assert not isinstance(decide(attacker.owner.principal, Permission.KEYS_READ, own), Denied)
    assert isinstance(decide(attacker.owner.principal, Permission.KEYS_READ, Resource("keys", victim.org_id)), Denied)
    assert isinstance(decide(victim.owner.principal, Permission.KEYS_READ, own), Denied)


def test_t14_vectors_are_only_in_tenants_tables(owner: Connection) -> None:
    asked = """
        SELECT DISTINCT c.relname FROM pg_class c
        JOIN pg_attribute a ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
        WHERE t.typname IN ('vector', 'halfvec', 'sparsevec') AND c.relkind IN ('r', 'p')
    """
    assert {row[0] for row in owner.execute(asked)} <= set(tenant_tables(owner))


def test_t18_no_file_is_stored_without_a_tenant() -> None:
    ours = [model for model in apps.get_models() if model._meta.app_label in {name.rstrip(".") for name in OURS}]
    for model in ours:
        assert not any(isinstance(field, models.FileField) for field in model._meta.get_fields()), model


def test_t07_a_thread_starts_without_a_scope(attacker: Estate) -> None:
    def count() -> int:
        return ApiKey.objects.count()

    with org_scope(attacker.org_id), ThreadPoolExecutor(1) as threads, pytest.raises(ScopeMissing):
        threads.submit(count).result()
