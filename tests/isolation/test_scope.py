"""The scope of one piece of work never reaches the next one on the same connection, and none means no rows."""

import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, models, transaction

from accounts.models import ApiKey
from tenants.models import Organization
from tenants.scope import ScopeMissing, org_scope
from tests.isolation.catalogue import Connection
from tests.isolation.estate import ROWS, Estate

ORGS = "SELECT DISTINCT org_id FROM accounts_apikey"
OPEN = "SELECT tidegate_org()"
SET = "SELECT set_config('app.scope', %s, true)"


def _orgs() -> set[uuid.UUID]:
    """Return the tenants whose keys the open scope shows, by plain SQL through Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute(ORGS)
        return {row[0] for row in cursor.fetchall()}


def _left_over() -> tuple[str | None, set[uuid.UUID]]:
    """Return the setting and the rows that the same server process shows to whoever comes next and asserts nothing."""
    raw = connection.connection
    assert raw is not None
    with raw.transaction(), raw.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.scope', true)")
        setting: str | None = cursor.fetchone()[0]
        return setting, {row[0] for row in cursor.execute(ORGS)}


def _statement() -> None:
    _orgs()


def _commit() -> None:
    with transaction.atomic():
        _orgs()


def _rollback() -> None:
    with transaction.atomic():
        _orgs()
        transaction.set_rollback(True)


def _exception() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        _orgs()
        raise ZeroDivisionError


def _failing_statement() -> None:
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0 FROM accounts_apikey")


def _failing_transaction() -> None:
    with suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0 FROM accounts_apikey")


def _savepoint_rollback() -> None:
    with transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic():
            _orgs()
            raise ZeroDivisionError
        _orgs()


def _savepoint_release() -> None:
    with transaction.atomic(), transaction.atomic():
        _orgs()


def _unfinished_cursor() -> None:
    next(ApiKey.objects.iterator(chunk_size=1), None)


ENDINGS = (
    _statement,
    _commit,
    _rollback,
    _exception,
    _failing_statement,
    _failing_transaction,
    _savepoint_rollback,
    _savepoint_release,
    _unfinished_cursor,
)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__.strip("_"))
def test_t06_nothing_of_a_scope_is_left_on_the_connection(
    attacker: Estate, victim: Estate, ending: Callable[[], None]
) -> None:
    with org_scope(victim.org_id):
        ending()
    setting, seen = _left_over()
    assert setting in (None, "")
    assert seen == set()
    with org_scope(attacker.org_id):
        assert _orgs() == {attacker.org_id}
    with org_scope(victim.org_id):
        assert _orgs() == {victim.org_id}
    assert _orgs() == set()


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__.strip("_"))
def test_t06_a_connection_from_the_pool_brings_no_scope(victim: Estate, ending: Callable[[], None]) -> None:
    with org_scope(victim.org_id):
        ending()
        used = connection.connection.info.backend_pid
        connection.close()
    for _ in range(50):  # the pool hands its connections out in turn
        assert _orgs() == set()
        if connection.connection.info.backend_pid == used:
            return
        connection.close()
    pytest.fail("the pool gave other connections; nothing was tested")


def test_t06_the_scope_is_asserted_again_after_a_savepoint_took_it_back(attacker: Estate, victim: Estate) -> None:
    with transaction.atomic():
        with org_scope(attacker.org_id):
            assert _orgs() == {attacker.org_id}
        with suppress(ZeroDivisionError), transaction.atomic(), org_scope(victim.org_id):
            assert _orgs() == {victim.org_id}
            raise ZeroDivisionError
        with org_scope(victim.org_id):
            assert _orgs() == {victim.org_id}
        with org_scope(attacker.org_id):
            assert _orgs() == {attacker.org_id}
        assert _orgs() == set()


def test_t06_scopes_follow_each_other_within_one_transaction(attacker: Estate, victim: Estate) -> None:
    with transaction.atomic():
        for estate in (attacker, victim, attacker):
            with org_scope(estate.org_id):
                assert _orgs() == {estate.org_id}
                with transaction.atomic():
                    assert _orgs() == {estate.org_id}
        assert _orgs() == set()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_t06_with_autocommit_off_every_transaction_asserts_its_scope(
    attacker: Estate, victim: Estate, end: str
) -> None:
    transaction.set_autocommit(False)
    try:
        for estate in (attacker, attacker, victim):
            with org_scope(estate.org_id):
                assert _orgs() == {estate.org_id}
                getattr(transaction, end)()
        assert _orgs() == set()
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


def test_t06_a_lazy_queryset_does_not_carry_its_scope_along(attacker: Estate, victim: Estate) -> None:
    with org_scope(victim.org_id):
        lazy = ApiKey.objects.all()
    with org_scope(attacker.org_id):
        assert list(lazy) == []


@pytest.mark.parametrize("model", [*ROWS, Organization], ids=lambda model: model.__name__)
def test_t07_without_a_tenant_managers_raise_and_tables_are_empty(attacker: Estate, model: type[models.Model]) -> None:
    for manager in (model._default_manager, model._base_manager):
        with pytest.raises(ScopeMissing):
            manager.count()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
        assert cursor.fetchone() == (0,)


def test_t07_there_is_no_scope_that_means_everyone(committed: None) -> None:
    for nobody in (None, "", 0, "*"):
        with pytest.raises(TypeError), org_scope(nobody):  # type: ignore[arg-type]  # what the types forbid is tried
            pytest.fail("a scope was opened")


@pytest.mark.parametrize(
    "setting", ["", "|", "|||", "||||", "a|b|c|d", "'", "*", "%|%|%|%", "\\", "𝕏|||", "x" * 100_000]
)
def test_t07_a_setting_that_is_none_shows_nothing_and_breaks_nothing(application: Connection, setting: str) -> None:
    application.execute(SET, [setting])
    assert application.execute(ORGS).fetchall() == []
    assert application.execute(OPEN).fetchone() == (None,)
