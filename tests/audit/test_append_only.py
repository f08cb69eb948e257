"""The record grows and never changes (A02), one month a partition, one clean line for whatever was said (A04)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from audit.events import Event
from audit.ids import decided_at, new_decision_id
from audit.models import AuditEvent, Decision
from audit.record import Actor, record_event
from audit.tasks import MONTHS_AHEAD, prepare_partitions
from tenants.permissions import Permission
from tests.people import Person

FORBIDDEN = (
    "UPDATE audit_decision SET action = 'allow'",
    "DELETE FROM audit_decision",
    "TRUNCATE audit_decision",
    "ALTER TABLE audit_decision DISABLE TRIGGER ALL",
    "DROP TABLE audit_decision",
    "SELECT * FROM audit_decision_default",
    "INSERT INTO audit_decision_default SELECT * FROM audit_decision",
    "UPDATE audit_auditevent SET event = 'x'",
    "DELETE FROM audit_auditevent",
    "TRUNCATE audit_auditevent",
    "ALTER TABLE audit_auditevent NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE audit_decision DETACH PARTITION audit_decision_default",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_a02_the_application_cannot_change_the_record(in_acme: Person, statement: str) -> None:
    in_acme.may(Permission.KEYS_READ)
    before = [list(model.objects.values()) for model in (Decision, AuditEvent)]
    assert all(before)
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)
    assert [list(model.objects.values()) for model in (Decision, AuditEvent)] == before


@pytest.mark.parametrize("model", [Decision, AuditEvent])
def test_a02_not_through_models_either(in_acme: Person, model: type[Decision] | type[AuditEvent]) -> None:
    in_acme.may(Permission.KEYS_READ)
    row = model.objects.all()[0]
    for change in (
        row.save,
        row.delete,
        model.objects.all().delete,
        lambda: model.objects.update(created_at=row.created_at),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()


def _partition_of(decision_id: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit_decision WHERE id = %s", [decision_id])
        found: str = cursor.fetchone()[0]
    return found


def test_a_decision_lands_in_the_partition_of_its_month(in_acme: Person) -> None:
    grant = in_acme.may(Permission.KEYS_READ)
    moment = decided_at(grant.decision_id)
    assert moment is not None
    assert _partition_of(grant.decision_id) == f"audit_decision_{moment:%Y%m}"


def test_partitions_are_made_ahead_and_once(committed: None) -> None:
    assert prepare_partitions() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_prepare_partitions(%s)", [MONTHS_AHEAD + 2])
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY relname")
        names = [row[0] for row in cursor.fetchall()]
    month = datetime.now(UTC).replace(day=1)
    wanted = []
    for _ in range(MONTHS_AHEAD + 3):
        wanted.append(f"audit_decision_{month:%Y%m}")
        month = (month + timedelta(days=32)).replace(day=1)
    assert names == [*wanted, "audit_decision_default"]


def test_a_new_partition_has_no_door_of_its_own(committed: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_prepare_partitions(8)")
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relispartition AND has_table_privilege(current_user, oid, 'SELECT')"
        )
        assert cursor.fetchone() == (0,)


NASTY = "line one\r\nline two \x1b[31mred\x1b[0m \u202egnp.exe\u202c \x00 " + "x" * 500


def test_a04_whatever_is_said_stays_one_record(in_acme: Person) -> None:
    before = AuditEvent.objects.count()
    record_event(Event.KEY_CREATED, Actor("person", "p", NASTY.replace("\x00", "")), "k", NASTY.replace("\x00", ""))
    event = AuditEvent.objects.latest("created_at")
    assert AuditEvent.objects.count() == before + 1
    assert (len(event.actor_label), len(event.target_label)) == (120, 160)


def test_rows_outlive_the_people_and_keys_they_name(committed: None) -> None:
    """Plain ids: no foreign key leads out of the record."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text LIKE 'audit_%'"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    "text", ["", "dec_", "dec_8" + "Z" * 25, "dec_" + "I" * 26, "DEC_" + "0" * 26, "dec_" + "0" * 27]
)
def test_what_is_no_id_has_no_time(text: str) -> None:
    assert decided_at(text) is None


def test_an_id_tells_its_time_and_nothing_can_be_guessed_from_it() -> None:
    moment = datetime(2026, 11, 23, 12, 0, 0, 123_000, tzinfo=UTC)
    ids = {new_decision_id(moment) for _ in range(1000)}
    assert len(ids) == 1000
    assert {decided_at(identifier) for identifier in ids} == {moment}
