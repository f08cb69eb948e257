"""Pages of decisions: no row twice and none lost, however many arrive while somebody reads."""

from datetime import UTC, datetime, timedelta

import pytest

from audit import decisions
from audit.decisions import Filters
from audit.ids import new_decision_id
from audit.models import Decision
from audit.reasons import Reason
from audit.record import DecisionRow, record_in_transaction
from tenants.permissions import Permission
from tests.people import Person

NOON = datetime.now(UTC).replace(microsecond=0)


def _record(person: Person, at: datetime, action: str = "allow", reason: Reason = Reason.CLEAN) -> str:
    return record_in_transaction(
        DecisionRow(
            org_id=person.organization.id,
            principal_kind="person",
            principal_id=str(person.user.pk),
            permission="keys:read",
            resource="keys",
            action=action,
            reason_codes=[reason],
            policy_version="t",
            id=new_decision_id(at),
            created_at=at,
        )
    )


def _pages(
    size: int, filters: Filters | None = None, during: list[str] | None = None, person: Person | None = None
) -> list[str]:
    """Read every page; with `person`, a newer decision arrives after each."""
    seen: list[str] = []
    cursor = ""
    while True:
        rows, cursor = decisions.page(filters or Filters(), cursor, size)
        seen += [row.id for row in rows]
        if person is not None and during is not None:
            during.append(_record(person, NOON + timedelta(seconds=len(seen))))
        if not cursor:
            return seen


@pytest.mark.parametrize("size", [1, 3, 7, 20, 100])
def test_pages_hold_every_decision_once_newest_first(in_acme: Person, size: int) -> None:
    """Many of them share one moment: then the id orders."""
    made = [_record(in_acme, NOON - timedelta(seconds=number // 4)) for number in range(20)]
    seen = _pages(size)
    assert sorted(seen) == sorted(made)
    rows = {row.id: row for row in Decision.objects.all()}
    assert seen == sorted(seen, key=lambda key: (rows[key].created_at, key), reverse=True)


def test_what_arrives_meanwhile_disturbs_no_page(in_acme: Person) -> None:
    made = [_record(in_acme, NOON - timedelta(seconds=number)) for number in range(12)]
    arrived: list[str] = []
    assert _pages(5, during=arrived, person=in_acme) == made
    assert len(arrived) == 3
    assert _pages(100) == [*reversed(arrived), *made]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(action="deny"), 4),
        (Filters(reason="LIM-RATE-001"), 4),
        (Filters(permission="keys:read"), 12),
        (Filters(permission="keys:create"), 0),
        (Filters(principal="nobody"), 0),
        (Filters(since=NOON - timedelta(seconds=2)), 3),
        (Filters(until=NOON - timedelta(seconds=2)), 9),
        (Filters(action="deny", since=NOON - timedelta(seconds=3)), 2),
    ],
)
def test_filters_narrow_every_page(in_acme: Person, filters: Filters, expected: int) -> None:
    for number in range(12):
        denied = number % 3 == 0
        reason = Reason.RATE_KEY if denied else Reason.CLEAN
        _record(in_acme, NOON - timedelta(seconds=number), "deny" if denied else "allow", reason)
    assert len(_pages(2, filters)) == expected


@pytest.mark.parametrize("cursor", ["", "x", "' OR true --", "dec_" + "0" * 26])
def test_a_cursor_of_nobody_breaks_nothing(in_acme: Person, cursor: str) -> None:
    _record(in_acme, NOON)
    rows, following = decisions.page(Filters(), cursor)
    assert len(rows) == (0 if cursor.startswith("dec_") else 1)
    assert following == ""


def test_one_decision_is_found_by_its_id_and_only_in_its_own_organisation(in_acme: Person) -> None:
    made = in_acme.may(Permission.KEYS_READ).decision_id
    assert decisions.find(made).id == made
    for unknown in (new_decision_id(), "", "dec_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "dec_" + "0" * 26):
        with pytest.raises(Decision.DoesNotExist):
            decisions.find(unknown)


def test_a_reason_that_is_no_longer_known_keeps_its_name() -> None:
    assert decisions.sentences(["GRD-OK-001", "OLD-CODE-001"]) == [
        {"code": "GRD-OK-001", "sentence": "Nothing was found."},
        {"code": "OLD-CODE-001", "sentence": "This reason is no longer in use."},
    ]
