"""A legal hold keeps what it holds, from the application, the owner of the tables, and the nightly end of old rows."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.utils import timezone

from audit import holds
from audit.ids import new_decision_id
from audit.models import Decision, LegalHold
from audit.reasons import Reason
from audit.record import DecisionRow, record_in_transaction
from tenants.scope import org_scope
from tests.people import Person

Owner = psycopg.Connection[tuple[Any, ...]]
DAY = timedelta(days=1)


@pytest.fixture
def owner(committed: None) -> Iterator[Owner]:
    """The role that owns the tables; a partition's own name is past row-level security for it."""
    database = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def org_id(committed: None) -> uuid.UUID:
    """An id of nobody: the record has no references."""
    return uuid.uuid4()


def decided(org_id: uuid.UUID, at: datetime) -> str:
    """Commit a decision of that time; returns its id."""
    facts = {"principal_kind": "person", "principal_id": "p", "permission": "keys:read", "resource": "keys"}
    row = DecisionRow(
        org_id=org_id,
        action="allow",
        reason_codes=[Reason.CLEAN],
        policy_version="t",
        id=new_decision_id(at),
        created_at=at,
        **facts,  # type: ignore[arg-type]  # options of several types
    )
    with org_scope(org_id), transaction.atomic():
        return record_in_transaction(row)


def partition(at: datetime) -> str:
    return f"audit_decision_{at.astimezone(UTC):%Y%m}"


def kept(org_id: uuid.UUID) -> set[str]:
    with org_scope(org_id):
        return set(Decision.objects.values_list("id", flat=True))


def held(org_id: uuid.UUID, since: datetime, case: str = "dispute:dp_1") -> None:
    with org_scope(org_id):
        holds.hold(case, since)


def test_the_owner_cannot_delete_or_change_what_is_held(owner: Owner, org_id: uuid.UUID) -> None:
    now = timezone.now()
    row = decided(org_id, now)
    held(org_id, now - DAY)
    for statement in ("DELETE FROM {}", "UPDATE {} SET action = 'deny'"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="legal hold"), owner.transaction():
            owner.execute(f"{statement.format(partition(now))} WHERE id = %s", [row])
    assert kept(org_id) == {row}


def test_what_is_older_than_the_hold_or_of_somebody_else_goes(owner: Owner, org_id: uuid.UUID) -> None:
    now, other = timezone.now(), uuid.uuid4()
    before, theirs, mine = decided(org_id, now - 2 * DAY), decided(other, now), decided(org_id, now)
    held(org_id, now - DAY)
    for at, row in ((now - 2 * DAY, before), (now, theirs)):
        owner.execute(f"DELETE FROM {partition(at)} WHERE id = %s", [row])
    owner.commit()
    assert (kept(org_id), kept(other)) == ({mine}, set())


@pytest.mark.parametrize("table", ["audit_decision", "audit_auditevent"])
def test_nothing_is_emptied_as_a_whole_while_anything_is_held(owner: Owner, org_id: uuid.UUID, table: str) -> None:
    held(org_id, timezone.now())
    for name in (table, *([partition(timezone.now()), "audit_decision_default"] if table == "audit_decision" else [])):
        with pytest.raises(psycopg.errors.RestrictViolation, match="legal hold"), owner.transaction():
            owner.execute(f"TRUNCATE {name}")


def test_a_month_that_is_made_later_is_guarded_too(owner: Owner, org_id: uuid.UUID) -> None:
    owner.execute("SELECT audit_prepare_partitions(20)")
    last = max(
        row[0] for row in owner.execute("SELECT relname FROM pg_class WHERE relname ~ '^audit_decision_2[0-9]+$'")
    )
    held(org_id, timezone.now())
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(f"TRUNCATE {last}")


def test_a_hold_outlasts_its_case_by_months_and_may_be_taken_up_again(in_acme: Person) -> None:
    made = holds.hold("dispute:dp_1", timezone.now())
    assert holds.hold("dispute:dp_1", timezone.now() - DAY) == made
    ends = holds.release("dispute:dp_1")
    assert ends is not None
    assert ends > timezone.now() + 119 * DAY
    assert holds.release("dispute:dp_1") == ends
    assert holds.hold("dispute:dp_1", timezone.now()).ends_at is None
    assert holds.release("dispute:dp_none") is None


@pytest.mark.parametrize("change", [{"ends_at": timezone.now()}, {"since": timezone.now()}, {"case": "x"}])
def test_the_application_cannot_make_a_hold_shorter(in_acme: Person, change: dict[str, Any]) -> None:
    holds.hold("dispute:dp_1", timezone.now() - DAY)
    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
        LegalHold.objects.update(**change)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        LegalHold.objects.all().delete()
    hold = LegalHold.objects.get()
    assert (hold.case, hold.ends_at) == ("dispute:dp_1", None)


def test_a_hold_that_has_ended_holds_nothing(owner: Owner, org_id: uuid.UUID) -> None:
    now = timezone.now()
    row = decided(org_id, now)
    held(org_id, now - DAY)
    owner.execute("ALTER TABLE audit_legalhold DISABLE TRIGGER lasts, NO FORCE ROW LEVEL SECURITY")
    owner.execute("UPDATE audit_legalhold SET ends_at = now() - interval '1 second' WHERE org_id = %s", [org_id])
    assert owner.execute(f"DELETE FROM {partition(now)} WHERE id = %s", [row]).rowcount == 1
