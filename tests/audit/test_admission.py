"""Nothing is admitted once a tenant is stopped, however long it was on its way (B05)."""

import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection, transaction

from audit.models import Decision
from audit.outbox import drain, handles, post
from audit.reasons import Reason
from audit.record import DecisionRow, NotAdmitted, record_in_transaction
from audit.recorder import record_all_durably, record_durably
from tenants.models import Organization
from tenants.scope import org_scope
from tests.committed import new_owner
from tests.people import Person
from tests.platform.running import eventually

WAITING = """
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


@pytest.fixture
def acme(committed: None) -> Person:
    return new_owner()


def let_in(org_id: uuid.UUID, action: str = "allow", **facts: str) -> DecisionRow:
    known = {"principal_kind": "api_key", "principal_id": "k", "permission": "guard:check", "resource": "guard"} | facts
    reasons = [Reason.CLEAN]
    return DecisionRow(org_id=org_id, action=action, reason_codes=reasons, policy_version="t", **known)  # type: ignore[arg-type]  # options of several types


def stand(organization: Organization, billing_status: str) -> None:
    """Let the open organisation stand so; in the caller's transaction."""
    organization.billing_status = billing_status
    organization.save(update_fields=["billing_status"])


def recorded(org_id: uuid.UUID) -> int:
    with org_scope(org_id):
        return Decision.objects.count()


def frozen(org: Organization) -> None:
    with org_scope(org.id), transaction.atomic():
        stand(org, "frozen")


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"action": "block"},
        {"principal_kind": "service", "permission": "models:read"},
        {"principal_kind": "person"},
        {"principal_kind": "person", "permission": "usage:read", "resource": "/v1/usage"},
    ],
    ids=["key", "a block", "service", "playground", "application"],
)
def test_b05_nothing_of_a_stopped_tenant_is_admitted(acme: Person, facts: dict[str, str]) -> None:
    org = acme.organization
    record_durably(let_in(org.id, **facts))
    frozen(org)
    with pytest.raises(NotAdmitted):
        record_durably(let_in(org.id, **facts))
    with org_scope(org.id), pytest.raises(NotAdmitted), transaction.atomic():
        record_in_transaction(let_in(org.id, **facts))
    assert recorded(org.id) == 1


def test_a_no_and_what_people_do_are_recorded_all_the_same(acme: Person) -> None:
    org = acme.organization
    frozen(org)
    record_durably(let_in(org.id, action="deny"))
    record_durably(let_in(org.id, principal_kind="person", permission="billing:read", resource="billing"))
    assert recorded(org.id) == 2


def test_other_tenants_of_the_same_batch_are_admitted(acme: Person) -> None:
    other = uuid.uuid4()
    frozen(acme.organization)
    with pytest.raises(NotAdmitted):
        record_all_durably([let_in(other), let_in(acme.organization.id)])
    record_durably(let_in(other))
    assert (recorded(other), recorded(acme.organization.id)) == (1, 0)


def test_a_tenant_that_is_let_in_again_is(acme: Person) -> None:
    org = acme.organization
    frozen(org)
    with org_scope(org.id), transaction.atomic():
        stand(org, "active")
    record_durably(let_in(org.id))
    assert recorded(org.id) == 1


def _while_freezing(org: Organization, record: Callable[[], object], commit: bool) -> Future[object]:
    """Freeze, have another thread record meanwhile, and end the transaction once that thread waits for it."""
    with ThreadPoolExecutor(1) as threads, org_scope(org.id), transaction.atomic():
        stand(org, "frozen")
        begun = threads.submit(record)
        with connection.cursor() as cursor:

            def waits() -> bool:
                cursor.execute(WAITING)
                return bool(cursor.fetchone()[0])

            eventually(waits)
        assert not begun.done()
        transaction.set_rollback(not commit)
    return begun


def test_b05_an_admission_that_meets_the_freeze_waits_and_is_refused(acme: Person) -> None:
    org = acme.organization
    begun = _while_freezing(org, lambda: record_durably(let_in(org.id)), commit=True)
    assert isinstance(begun.exception(), NotAdmitted)
    assert isinstance(begun.exception().__cause__, psycopg.errors.CheckViolation)  # type: ignore[union-attr]
    assert recorded(org.id) == 0


def test_a_freeze_that_is_taken_back_refuses_nobody(acme: Person) -> None:
    org = acme.organization
    begun = _while_freezing(org, lambda: record_durably(let_in(org.id)), commit=False)
    assert begun.exception() is None
    assert recorded(org.id) == 1


def test_owed_work_of_a_stopped_tenant_waits_and_goes_on_later(acme: Person) -> None:
    org, done = acme.organization, []
    work, notice = f"work.{org.id}", f"notice.{org.id}"
    handles(work, waits=True)(lambda message_id, payload: done.append(payload["what"]))
    handles(notice)(lambda message_id, payload: done.append(payload["what"]))
    frozen(org)
    with org_scope(org.id), transaction.atomic():
        post(work, {"what": "work"})
        post(notice, {"what": "notice"})
    drain()
    assert done == ["notice"]
    with org_scope(org.id), transaction.atomic():
        stand(org, "active")
    drain()
    assert done == ["notice", "work"]
