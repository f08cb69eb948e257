"""What a tenant's queries cost does not depend on how many rows others have (T17): measured in rows, not in time."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models
from pytest_django import DjangoDbBlocker

from audit.events import Event
from audit.ids import new_decision_id
from audit.models import AuditEvent, Decision
from audit.reasons import Reason
from audit.record import INSERT, DecisionRow, rows_as_json
from promptguard.models import GuardPolicy
from tenants.models import Membership
from tenants.scope import org_scope
from tests.committed import new_owner
from tests.isolation.catalogue import Connection
from tests.isolation.estate import Estate

CROWD = 4000

QUERIES: dict[str, Callable[[], models.QuerySet[Any]]] = {
    "decisions": lambda: Decision.objects.order_by("-created_at", "-id")[:50],
    "decisions by action": lambda: Decision.objects.filter(action="allow").order_by("-created_at", "-id")[:50],
    "events": lambda: AuditEvent.objects.order_by("-created_at", "-id")[:50],
    "members": lambda: Membership.objects.order_by("id"),
    "active policy": lambda: GuardPolicy.objects.filter(active=True),
}


@pytest.fixture(scope="module")
def _crowd(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Another organisation with thousands of decisions and events."""
    with django_db_blocker.unblock():
        org = new_owner().organization
        now = datetime.now(UTC)
        rows = [_decision(org.id, now - timedelta(milliseconds=number)) for number in range(CROWD)]
        event = {"event": Event.KEY_CREATED.value, "actor_kind": "person", "actor_id": "p", "actor_label": "x"}
        with org_scope(org.id), connection.cursor() as cursor:
            cursor.execute(INSERT, [rows_as_json(rows)])
            AuditEvent.objects.bulk_create(AuditEvent(**event) for _ in range(CROWD))
        connection.close()


def _decision(org_id: Any, at: datetime) -> DecisionRow:  # noqa: ANN401 (a UUID)
    return DecisionRow(
        org_id=org_id,
        principal_kind="person",
        principal_id="p",
        permission="keys:read",
        resource="keys",
        action="allow",
        reason_codes=[Reason.CLEAN],
        policy_version="t",
        id=new_decision_id(at),
        created_at=at,
    )


@pytest.fixture
def crowd(_crowd: None, owner: Connection) -> None:
    owner.execute("ANALYZE audit_decision, audit_auditevent, tenants_membership, promptguard_guardpolicy")
    owner.commit()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


@pytest.mark.parametrize("query", QUERIES)
def test_t17_a_query_reads_no_row_of_the_crowd(crowd: None, attacker: Estate, query: str) -> None:
    with org_scope(attacker.org_id):
        rows = len(QUERIES[query]())
        plan = json.loads(QUERIES[query]().explain(analyze=True, format="json"))[0]["Plan"]
    dropped = sum(int(node.get("Rows Removed by Filter", 0) * node.get("Actual Loops", 1)) for node in _nodes(plan))
    assert dropped < CROWD / 20, plan
    assert rows > 0
