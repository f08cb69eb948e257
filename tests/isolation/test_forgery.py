"""An SQL injection opens no other tenant: scopes are signed, for one connection, under a key out of reach (T16)."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import pytest
from django.db import DataError, connection, connections, transaction
from pytest_django import Settings

from accounts.models import ApiKey
from config.checks import roles_cannot_bypass_walls
from tenants.postgresql.base import direct, signed_scope
from tenants.scope import Scope, org_scope
from tests.isolation.catalogue import Connection
from tests.isolation.estate import Estate

ORGS: LiteralString = "SELECT DISTINCT org_id FROM accounts_apikey"
OPEN = "SELECT tidegate_open(%s)"
SET = "SELECT set_config('app.scope', %s, true)"
SETTING = "SELECT current_setting('app.scope')"


def _signed(estate: Estate, connection: Connection) -> str:
    return signed_scope(Scope(org_id=estate.org_id), connection.info.backend_pid)


def _signature(estate: Estate, connection: Connection) -> str:
    return _signed(estate, connection).rpartition("|")[2]


def _seen(connection: Connection, signed: str, way: LiteralString = OPEN) -> list[object]:
    connection.execute(way, [signed])
    return [row[0] for row in connection.execute(ORGS)]


FORGERIES: dict[str, Callable[[Estate, Estate, Connection], str]] = {
    "unsigned": lambda own, victim, here: f"{victim.org_id}|||",
    "only the tenant": lambda own, victim, here: str(victim.org_id),
    "own signature over the victim": lambda own, victim, here: f"{victim.org_id}|||{_signature(own, here)}",
    "own tenant, the victim as the person": lambda own, victim, here: (
        f"{own.org_id}|{victim.owner.user.pk}||{_signature(own, here)}"
    ),
    "the victim's credential": lambda own, victim, here: f"||{'00' * 32}|{_signature(own, here)}",
    "cut short": lambda own, victim, here: _signed(victim, here)[:-1],
    "a part more": lambda own, victim, here: f"{_signed(victim, here)}|",
    "a signature of zeros": lambda own, victim, here: f"{victim.org_id}|||{'0' * 64}",
    "another process id": lambda own, victim, here: signed_scope(
        Scope(org_id=victim.org_id), here.info.backend_pid + 1
    ),
    "a condition": lambda own, victim, here: f"{victim.org_id}|||' OR true --",
    "nothing": lambda own, victim, here: "",
    "no signature": lambda own, victim, here: str(victim.org_id) + "|||" + "\n",
}


def test_t16_the_signed_scope_opens_its_tenant(application: Connection, victim: Estate, attacker: Estate) -> None:
    """The forgeries below differ from this one by one thing each."""
    assert _seen(application, _signed(victim, application)) == [victim.org_id]


@pytest.mark.parametrize("way", [OPEN, SET], ids=["opened", "set"])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_t16_a_forged_scope_opens_nothing(
    application: Connection, attacker: Estate, victim: Estate, forgery: str, way: LiteralString
) -> None:
    assert _seen(application, FORGERIES[forgery](attacker, victim, application), way) == []


def test_t16_what_was_signed_for_the_function_is_no_setting(application: Connection, victim: Estate) -> None:
    assert _seen(application, _signed(victim, application), SET) == []


@pytest.mark.parametrize("way", [OPEN, SET], ids=["opened", "set"])
def test_t16_a_setting_heard_on_another_connection_opens_nothing(
    application: Connection, victim: Estate, attacker: Estate, way: LiteralString
) -> None:
    with org_scope(victim.org_id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.scope'), tidegate_org()")
        heard, opened = cursor.fetchone()
        assert opened == victim.org_id
        assert _seen(application, heard, way) == []


@pytest.mark.parametrize("way", [OPEN, SET], ids=["opened", "set"])
def test_t16_a_setting_heard_in_one_transaction_opens_nothing_in_the_next(
    application: Connection, victim: Estate, way: LiteralString
) -> None:
    """As somebody would who was a member when they heard it, and comes to the same connection of the pool again."""
    with application.transaction():
        assert _seen(application, _signed(victim, application)) == [victim.org_id]
        heard = application.execute(SETTING).fetchone()
    assert heard is not None
    with application.transaction():
        assert _seen(application, str(heard[0]), way) == []


@contextmanager
def _traced(sent: Path) -> Iterator[None]:
    """Write down what goes to the server on the thread's connection, message by message."""
    with sent.open("w") as log:
        direct.connection.pgconn.trace(log.fileno())
        yield
        direct.connection.pgconn.untrace()


def test_t16_a_signed_scope_is_in_no_statement(tmp_path: Path, victim: Estate) -> None:
    """Statements can be read where `roles.sql` was not run, and the pool brings people to the same connection."""
    direct.ensure_connection()
    with _traced(tmp_path / "sent"):
        with org_scope(victim.org_id), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        direct.ask_as(Scope(org_id=victim.org_id), "SELECT 2", [])
        direct.call_as(Scope(org_id=victim.org_id), OPEN, [])
    told = [line for line in (tmp_path / "sent").read_text().splitlines() if str(victim.org_id) in line]
    assert [line.split("\t")[3] for line in told] == ["Bind", "Bind", "Bind"]


@contextmanager
def _autocommit_off() -> Iterator[None]:
    transaction.set_autocommit(False)
    try:
        yield
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


def test_t16_what_is_asked_under_a_scope_sees_it_and_leaves_nothing(attacker: Estate, victim: Estate) -> None:
    """`ask_as` and `call_as`, past Django: under a scope of their own; the one around them is in force again after."""
    for within in (nullcontext(), transaction.atomic(), _autocommit_off()):
        with org_scope(attacker.org_id), within:
            assert _orgs() == {attacker.org_id}
            assert direct.ask_as(Scope(org_id=victim.org_id), ORGS, []) == (victim.org_id,)
            assert _orgs() == {attacker.org_id}
            direct.call_as(Scope(org_id=victim.org_id), OPEN, [])
            assert _orgs() == {attacker.org_id}
        assert direct.ask_as(Scope(), ORGS, []) is None
        assert _orgs() == set()


def test_t16_what_is_asked_without_a_scope_sees_no_rows(victim: Estate) -> None:
    direct.ask_as(Scope(org_id=victim.org_id), ORGS, [])
    assert direct.ask(ORGS, {}) == ()


def test_t16_a_statement_that_fails_under_a_scope_leaves_nothing(victim: Estate) -> None:
    with pytest.raises(DataError):
        direct.ask_as(Scope(org_id=victim.org_id), "SELECT 1 / 0 FROM accounts_apikey", [])
    assert _orgs() == set()
    assert direct.ask(ORGS, {}) == ()


def _orgs() -> set[object]:
    with connection.cursor() as cursor:
        cursor.execute(ORGS)
        return {row[0] for row in cursor.fetchall()}


def test_t16_an_injection_within_a_request_switches_to_no_tenant(attacker: Estate, victim: Estate) -> None:
    with org_scope(attacker.org_id), transaction.atomic(), connection.cursor() as cursor:
        assert ApiKey.objects.count() == 1
        cursor.execute(
            "WITH switched AS MATERIALIZED (SELECT set_config('app.scope', replace(current_setting('app.scope'), "
            "%s, %s), true)) SELECT org_id FROM switched, accounts_apikey",
            [str(attacker.org_id), str(victim.org_id)],
        )
        assert {row[0] for row in cursor.fetchall()} <= {attacker.org_id}
        cursor.execute(ORGS)
        assert cursor.fetchall() == []


def test_t16_a_scope_kept_for_the_session_opens_nothing(attacker: Estate, victim: Estate) -> None:
    """An injection may leave its own setting on the connection; in the next transaction it is nobody's."""
    with org_scope(attacker.org_id), connection.cursor() as cursor:
        cursor.execute("SELECT tidegate_org(), set_config('app.scope', current_setting('app.scope'), false)")
        assert cursor.fetchone()[0] == attacker.org_id
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('app.scope') <> '', tidegate_org()")
            assert cursor.fetchone() == (True, None)
        assert _orgs() == set()
        with org_scope(victim.org_id):
            assert _orgs() == {victim.org_id}
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET app.scope")


@pytest.mark.parametrize("name", ["uuid", "text", "bytea"])
def test_t16_a_temporary_type_is_not_evaluated_as_the_owner(attacker: Estate, name: str) -> None:
    """PostgreSQL looks for types in pg_temp first, unless a function's search_path puts it last."""
    with org_scope(attacker.org_id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.spy(pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM set_config('spy.ran_as', current_user::pg_catalog.text, true); RETURN true; END $$"
        )
        cursor.execute(f"CREATE DOMAIN pg_temp.{name} AS pg_catalog.text CHECK (pg_temp.spy(value))")
        cursor.execute("SELECT public.tidegate_org() IS NOT NULL, public.tidegate_user() IS NULL")
        assert cursor.fetchone() == (True, True)
        cursor.execute("SELECT coalesce(current_setting('spy.ran_as', true), '')")
        assert cursor.fetchone() == ("",)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "function", ["tidegate_index_credential()", "tidegate_touch('org_id')", "audit_outbox_track()"]
)
def test_t16_an_owners_trigger_cannot_be_hung_on_a_table_of_ones_own(application: Connection, function: str) -> None:
    application.execute("CREATE TEMP TABLE mine (id uuid, hash bytea, org_id uuid)")
    with pytest.raises(Exception, match="permission denied for function"):
        application.execute(f"CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION {function}".encode())


@pytest.mark.parametrize("table", ["tenants_scopekey", "tenants_credential", "audit_decision_default"])
def test_t16_keys_credentials_and_partitions_are_out_of_reach(application: Connection, table: str) -> None:
    with pytest.raises(Exception, match="permission denied for table"):
        application.execute(f"SELECT * FROM {table}".encode())


def test_t16_after_a_rotation_the_former_key_signs_until_it_is_dropped(
    stored_keys: Callable[[], None], settings: Settings, application: Connection, victim: Estate
) -> None:
    application.autocommit = True
    former = settings.SECRET_KEY
    old = _signed(victim, application)
    settings.SECRET_KEY = "n" * 60
    new = _signed(victim, application)
    assert _shows(application, new) == []
    settings.SECRET_KEY_FALLBACKS = [former]
    stored_keys()
    assert _shows(application, old) == _shows(application, new) == [victim.org_id]
    settings.SECRET_KEY_FALLBACKS = []
    stored_keys()
    assert _shows(application, old) == []
    assert _shows(application, new) == [victim.org_id]


def _shows(connection: Connection, setting: str) -> list[object]:
    with connection.transaction():
        return _seen(connection, setting)


@pytest.mark.parametrize("alias", ["default", "operator"])
def test_t08_a_role_that_owns_tables_is_refused_at_start_up(committed: None, alias: str) -> None:
    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
    wrapper = connections[alias]
    wrapper.close()
    kept = {name: wrapper.settings_dict[name] for name in ("USER", "PASSWORD", "OPTIONS")}
    wrapper.settings_dict |= {"USER": owner.username, "PASSWORD": owner.password, "OPTIONS": {}}
    try:
        found = roles_cannot_bypass_walls(None)
    finally:
        wrapper.close()
        wrapper.settings_dict |= kept
    assert [(message.id, alias in message.msg) for message in found] == [("tidegate.E002", True)]


def test_t08_the_roles_of_the_product_are_accepted(committed: None) -> None:
    assert roles_cannot_bypass_walls(None) == []
    connections["operator"].close()
