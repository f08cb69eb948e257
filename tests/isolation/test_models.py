"""Every tenant model is attacked through each way of reading and writing; each wall stops it alone.

With both walls down the same attacks must succeed: an attack that never works proves nothing.
"""

import os
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection, connections, models, transaction

from tenants.models import Invitation, Organization
from tenants.scope import ScopeMissing, ScopeViolation, org_scope
from tests.isolation import reads, writes
from tests.isolation.catalogue import Connection
from tests.isolation.down import Walls, lowered
from tests.isolation.estate import ROWS, Estate, tenant_models
from tests.isolation.reads import READS, Read, org_of
from tests.isolation.writes import WRITES, Write

ATTACKED = [*ROWS, Organization]
REFUSALS = (ScopeViolation, ScopeMissing, ObjectDoesNotExist, DatabaseError)
per_model = pytest.mark.parametrize("model", ATTACKED, ids=lambda model: model.__name__)


def _row(estate: Estate, model: type[models.Model]) -> models.Model:
    return estate.owner.organization if model is Organization else estate.rows[model]


def _foreign(attack: Read, victims: models.Model) -> int:
    """Return how many of the victim's rows an attack meets."""
    met: Iterable[Any] = ()
    with suppress(*REFUSALS), transaction.atomic():
        met = attack(victims)
    orgs = [org_of(row) if isinstance(row, models.Model) else row for row in met]
    return orgs.count(org_of(victims))


def _try(attack: Write, victims: models.Model, own: models.Model) -> None:
    with suppress(*REFUSALS), transaction.atomic():
        attack(victims, own)


FINGERPRINT = "SELECT count(*), md5(string_agg(t.xmin::text || t::text, '|' ORDER BY t::text)) FROM {} t WHERE {} = %s"


def _fingerprint(execute: Callable[..., Any], row: models.Model) -> Any:  # noqa: ANN401 (a row of two columns)
    """Return what changes whenever one of the tenant's rows is written, even to the value it has."""
    statement = FINGERPRINT.format(type(row)._meta.db_table, reads.tenant_column(type(row)))
    return execute(statement, [org_of(row)]).fetchone()


def test_every_tenant_model_has_a_row_to_attack() -> None:
    assert set(ROWS) == set(tenant_models())


@per_model
def test_t02_t11_no_read_meets_a_foreign_row(
    attacker: Estate, victim: Estate, walls: Walls, model: type[models.Model]
) -> None:
    attacks = READS if walls is Walls.RLS_DOWN else (*READS, *reads.BY_SQL)
    victims = _row(victim, model)
    with org_scope(attacker.org_id):
        assert {attack.__name__: met for attack in attacks if (met := _foreign(attack, victims))} == {}


@per_model
def test_t02_own_rows_are_all_there(
    attacker: Estate, walls: Walls, model: type[models.Model], operator: Connection
) -> None:
    """A wall that shows nothing would pass every other test."""
    own = _row(attacker, model)
    there = _fingerprint(operator.execute, own)[0]
    with org_scope(attacker.org_id):
        assert there == _foreign(reads.everything, own) == _foreign(reads.by_sql, own) > 0


@per_model
def test_t03_t11_no_write_reaches_a_foreign_row(
    attacker: Estate, victim: Estate, walls: Walls, model: type[models.Model], operator: Connection
) -> None:
    attacks = WRITES if walls is Walls.RLS_DOWN else (*WRITES, *writes.BY_SQL)
    victims, own = _row(victim, model), _row(attacker, model)
    before = _fingerprint(operator.execute, victims)
    reached = []
    for attack in attacks:
        with org_scope(attacker.org_id):
            _try(attack, victims, own)
        if _fingerprint(operator.execute, victims) != before:
            reached.append(attack.__name__)
            before = _fingerprint(operator.execute, victims)
    assert reached == []


@pytest.mark.parametrize("attack", [*READS, *reads.BY_SQL], ids=lambda attack: attack.__name__)
def test_with_both_walls_down_the_read_succeeds(attacker: Estate, victim: Estate, attack: Read) -> None:
    with lowered(Walls.BOTH_DOWN, _owner), org_scope(attacker.org_id):
        assert _foreign(attack, victim.rows[Invitation]) > 0


@pytest.mark.parametrize("attack", [*WRITES, *writes.BY_SQL], ids=lambda attack: attack.__name__)
def test_with_both_walls_down_the_write_succeeds(attacker: Estate, victim: Estate, attack: Write) -> None:
    victims, own = victim.rows[Invitation], attacker.rows[Invitation]

    def execute(statement: str, values: list[uuid.UUID]) -> Any:  # noqa: ANN401 (a cursor)
        cursor = connection.cursor()
        cursor.execute(statement, values)
        return cursor

    with lowered(Walls.BOTH_DOWN, _owner), org_scope(attacker.org_id), transaction.atomic():
        before = _fingerprint(execute, victims)
        _try(attack, victims, own)
        assert _fingerprint(execute, victims) != before
        transaction.set_rollback(True)


def _owner() -> Connection:
    database = str(connections["default"].settings_dict["NAME"])
    return psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database)
