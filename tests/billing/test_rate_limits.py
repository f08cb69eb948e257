"""Rate limits are exact under concurrency, and what a refusal says of waiting is true."""

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection, connections

from audit.reasons import Reason
from billing.rate_limits import Limit, Taken, _subject, take
from tenants.models import Organization
from tenants.scope import org_scope
from tests.committed import new_owner

UNLIMITED = 10_000_000


def _limit(per_minute: int) -> Limit:
    return Limit(f"key:{uuid.uuid4()}", per_minute)


def _wide() -> Limit:
    return Limit(f"org:{uuid.uuid4()}", UNLIMITED)


def _let_pass(limit: Limit, seconds: float) -> None:
    """Move a subject's bucket as if that much time had passed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_rate SET arrival = arrival - %s * interval '1 second' WHERE subject = %s",
            [seconds, _subject(limit.subject)],
        )
        assert cursor.rowcount == 1


def _at_once(requests: int, key: Limit, tenant: Limit) -> list[Taken]:
    def ask(_: int) -> list[Taken]:
        try:
            return [take(key, tenant) for _ in range(requests // 16)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as threads:
        return [taken for batch in threads.map(ask, range(16)) for taken in batch]


def _expected(per_minute: int, taken: list[Taken]) -> int:
    """Return how many fit: the whole limit, and what trickled in while the threads ran (by the database's clock)."""
    moments: list[datetime] = [one.now for one in taken]
    return per_minute + int((max(moments) - min(moments)).total_seconds() * per_minute / 60)


@pytest.mark.parametrize("per_minute", [1, 7, 12])
def test_16_threads_get_exactly_the_limit_of_a_key(committed: None, per_minute: int) -> None:
    taken = _at_once(160, _limit(per_minute), _wide())
    granted = [one for one in taken if one.refused is None]
    assert len(granted) == _expected(per_minute, taken)
    assert {one.refused for one in taken} == {None, Reason.RATE_KEY}
    assert {one.remaining for one in taken if one.refused} == {0}


def test_16_threads_get_exactly_the_limit_of_their_organisation(committed: None) -> None:
    """Many keys, one tenant."""
    tenant = Limit(f"org:{uuid.uuid4()}", 20)
    taken: list[Taken] = []
    with ThreadPoolExecutor(16) as threads:

        def ask(_: int) -> list[Taken]:
            key = _limit(UNLIMITED)
            try:
                return [take(key, tenant) for _ in range(5)]
            finally:
                connections.close_all()

        for batch in threads.map(ask, range(16)):
            taken += batch
    assert len([one for one in taken if one.refused is None]) == _expected(20, taken)
    assert {one.refused for one in taken} == {None, Reason.RATE_TENANT}


def test_a_key_that_is_refused_costs_its_organisation_nothing(committed: None) -> None:
    key, tenant = _limit(2), Limit(f"org:{uuid.uuid4()}", 3)
    assert [take(key, tenant).refused for _ in range(20)] == [None, None, *[Reason.RATE_KEY] * 18]
    assert take(_limit(9), tenant).refused is None
    assert take(_limit(9), tenant).refused is Reason.RATE_TENANT


@pytest.mark.parametrize("per_minute", [1, 3, 45, 600])
def test_retry_after_is_honest(committed: None, per_minute: int) -> None:
    """After that wait one request fits; the second before, it does not."""
    key, tenant = _limit(per_minute), _wide()
    last = take(key, tenant)
    while last.refused is None:
        last = take(key, tenant)
    step = 60 / per_minute
    assert last.retry_after >= 1
    if step > 2:
        _let_pass(key, last.retry_after - step)
        assert take(key, tenant).refused is Reason.RATE_KEY
        _let_pass(key, step)
    else:
        _let_pass(key, last.retry_after)
    assert take(key, tenant).refused is None


def test_what_remains_counts_down_and_comes_back(committed: None) -> None:
    key, tenant = _limit(5), _wide()
    assert [take(key, tenant).remaining for _ in range(5)] == [4, 3, 2, 1, 0]
    assert take(key, tenant).refused is Reason.RATE_KEY
    _let_pass(key, 60)
    assert [take(key, tenant).remaining for _ in range(5)] == [4, 3, 2, 1, 0]


def test_the_tighter_of_two_limits_is_told(committed: None) -> None:
    taken = take(_limit(100), Limit(f"org:{uuid.uuid4()}", 10))
    assert (taken.limit, taken.remaining) == (10, 9)
    taken = take(_limit(10), Limit(f"org:{uuid.uuid4()}", 100))
    assert (taken.limit, taken.remaining) == (10, 9)


def test_t12_one_subject_never_counts_for_another(committed: None) -> None:
    """A key and a tenant with one id, and two keys, are four buckets."""
    same = uuid.uuid4()
    names = [f"key:{same}", f"org:{same}", f"key:{uuid.uuid4()}", f"org:{uuid.uuid4()}"]
    assert len({_subject(name) for name in names}) == 4
    key, tenant = Limit(names[0], 1), Limit(names[1], 1)
    assert take(key, tenant).refused is None
    assert take(Limit(names[2], 1), Limit(names[3], 1)).refused is None
    assert take(key, Limit(names[3], 1)).refused is Reason.RATE_KEY


def test_stamps_come_back_in_the_order_asked(committed: None) -> None:
    owner = new_owner()
    with org_scope(owner.organization.id):
        Organization.objects.update(status=Organization.Status.SUSPENDED)  # which moves its stamp
    moved, unknown = (hashlib.sha256(str(one).encode()).digest() for one in (owner.organization.id, uuid.uuid4()))
    stamp = take(_limit(5), _wide(), stamps=(moved, unknown)).stamps[0]
    assert stamp > 0
    assert take(_limit(5), _wide(), stamps=(moved, unknown)).stamps == (stamp, 0)
    assert take(_limit(5), _wide(), stamps=(unknown, moved)).stamps == (0, stamp)


def test_a_role_has_a_bucket_of_its_own(committed: None) -> None:
    """All keys of a role share it; a wider limit is left alone by what a narrower one refuses."""
    org = uuid.uuid4()
    role = Limit(f"role:{org}:developer", 2)
    assert [take(_limit(9), role, _wide()).refused for _ in range(3)] == [None, None, Reason.RATE_ROLE]
    other = take(_limit(9), Limit(f"role:{org}:analyst", 2), _wide())
    assert (other.refused, other.level, other.limit, other.remaining) == (None, "role analyst", 2, 1)
