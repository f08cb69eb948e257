"""Old rows end with their plan's retention, each night, and never within a hold."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from audit import holds, retention
from audit.ids import new_decision_id
from audit.models import Decision
from audit.reasons import Reason
from audit.record import DecisionRow, record_in_transaction
from audit.tasks import drop_empty_months
from billing.ledger.balance import differences
from billing.ledger.models import Budget, Reservation, UsageEvent
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.tasks import expire_rows, expire_rows_of
from tests.committed import new_owner
from tests.people import Person

DAY = timedelta(days=1)


@pytest.fixture
def acme(committed: None) -> Iterator[Person]:
    """An owner whose plan keeps 30 days; the organisation is open."""
    owner = new_owner()
    with org_scope(owner.organization.id):
        Organization.objects.update(retention_days=30)
        yield owner


def decided(days_ago: float) -> str:
    """Commit a decision of the open organisation; returns its id."""
    at = timezone.now() - days_ago * DAY
    facts: dict[str, Any] = {"principal_kind": "person", "principal_id": "p", "permission": "keys:read"}
    row = DecisionRow(
        org_id=Organization.objects.get().id,
        resource="keys",
        action="allow",
        reason_codes=[Reason.CLEAN],
        policy_version="t",
        id=new_decision_id(at),
        created_at=at,
        **facts,
    )
    return record_in_transaction(row)


def kept() -> set[str]:
    return set(Decision.objects.values_list("id", flat=True))


def test_decisions_end_with_the_plans_retention(acme: Person) -> None:
    old, young = decided(31), decided(29)
    other = new_owner()
    with org_scope(other.organization.id):
        Organization.objects.update(retention_days=None)
        theirs = decided(3000)
    assert retention.expire() == 1
    assert kept() == {young}, old
    with org_scope(other.organization.id):
        assert retention.expire() == 0, "a plan without an end"
        assert kept() == {theirs}


def test_nothing_ends_within_a_hold(acme: Person) -> None:
    before, within, young = decided(90), decided(40), decided(1)
    holds.hold("dispute:dp_1", timezone.now() - 60 * DAY)
    assert retention.expire() == 1
    assert kept() == {within, young}, before


def test_the_earliest_of_two_holds_counts(acme: Person) -> None:
    row = decided(90)
    holds.hold("dispute:dp_1", timezone.now() - 100 * DAY)
    holds.hold("dispute:dp_2", timezone.now() - 50 * DAY)
    assert retention.expire() == 0
    assert kept() == {row}


def test_a_batch_at_a_time(acme: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        decided(40)
    assert retention.expire() == 5
    assert kept() == set()


def test_the_night_goes_through_every_organisation(acme: Person) -> None:
    decided(31)
    assert expire_rows() >= 1
    assert expire_rows_of(str(acme.organization.id)) == 1
    assert kept() == set()


@pytest.mark.parametrize("statement", ["SELECT audit_held_since(%s)", "DELETE FROM audit_decision WHERE org_id = %s"])
def test_the_application_has_no_other_way_to_delete(acme: Person, statement: str) -> None:
    decided(31)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement, [acme.organization.id])


def used(days_ago: float, budgets: list[uuid.UUID]) -> UsageEvent:
    """Write a settled reservation of that time and its usage."""
    at = timezone.now() - days_ago * DAY
    price = {"input_nanos_per_token": 1, "output_nanos_per_token": 1, "call_nanos": 0, "most_out": 1, "own": False}
    facts = {"decision_id": "dec_x", "model": "m", "price_version": "1", "principal_kind": "api_key"}
    metered = facts | {"principal_id": "k", "tokens_in": 1, "tokens_out": 1, "nanos": 2, "budgets": budgets}
    times = {"created_at": at, "expires_at": at, "finished_at": at}
    held = Reservation.objects.create(**metered, **price, **times, state=Reservation.State.SETTLED)
    event: UsageEvent = UsageEvent.objects.create(**metered, reservation_id=held.id, origin="settled", at=at)
    return event


def budget(period: str, began_days_ago: float, used: int) -> Budget:
    made: Budget = Budget.objects.create(
        scope_kind="org",
        unit="nanos",
        period=period,
        cap=10**9,
        used=used,
        window_start=timezone.now() - began_days_ago * DAY,
    )
    return made


def test_usage_ends_but_what_is_counted_or_not_billed_yet(acme: Person) -> None:
    monthly, total = budget("month", 10, 0), budget("total", 300, 2)
    used(90, [monthly.id])
    counted, unbilled = used(80, [total.id, monthly.id]), used(40, [monthly.id])
    assert retention.expire() == 1
    assert set(UsageEvent.objects.all()) == {counted, unbilled}
    assert Reservation.objects.count() == 2
    assert list(differences()) == []


def test_usage_of_a_held_time_stays_for_the_owner_too(acme: Person) -> None:
    event = used(90, [])
    holds.hold("dispute:dp_1", timezone.now() - 100 * DAY)
    assert retention.expire() == 0
    database = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database) as owner:
        owner.execute("ALTER TABLE ledger_usageevent NO FORCE ROW LEVEL SECURITY")
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute("DELETE FROM ledger_usageevent WHERE id = %s", [event.id])
        owner.rollback()
    assert UsageEvent.objects.count() == 1


HELD = (
    *("audit_decision", "audit_auditevent", "ledger_usageevent", "ledger_reservation", "disputes_disputestep"),
    *("payments_invoicestate", "payments_chargestate"),
)


@pytest.mark.parametrize("table", HELD)
def test_nothing_that_is_held_is_emptied_as_a_whole_by_the_owner_either(acme: Person, table: str) -> None:
    holds.hold("dispute:dp_1", timezone.now() - DAY)
    database = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database) as owner:
        with pytest.raises(psycopg.errors.RestrictViolation, match="under a legal hold"):
            owner.execute(f"TRUNCATE {table} CASCADE")
        owner.rollback()


MONTHS = [datetime(2015, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4)]
NAMES = [f"audit_decision_{month:%Y%m}" for month in MONTHS[:3]]


@pytest.fixture
def months(committed: None) -> Iterator[None]:
    """Three months of long ago have partitions."""
    database = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database, autocommit=True) as owner:
        for name, month, upper in zip(NAMES, MONTHS[:3], MONTHS[1:], strict=True):
            owner.execute(f"CREATE TABLE {name} PARTITION OF audit_decision FOR VALUES FROM ('{month}') TO ('{upper}')")
            owner.execute(f"REVOKE ALL ON {name} FROM tidegate_app")
        yield
        for name in NAMES:
            owner.execute(f"DROP TABLE IF EXISTS {name}")


def test_an_empty_month_is_dropped_a_filled_or_held_one_is_not(acme: Person, months: None) -> None:
    decided((timezone.now() - MONTHS[1] - 5 * DAY) / DAY)
    assert drop_empty_months() == 2
    assert _there() == [NAMES[1]]
    assert retention.expire() == 1
    holds.hold("dispute:dp_1", MONTHS[1] + 6 * DAY)
    assert drop_empty_months() == 0
    assert _there() == [NAMES[1]]


def _there() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY (%s) ORDER BY 1", [NAMES])
        return [row[0] for row in cursor.fetchall()]
