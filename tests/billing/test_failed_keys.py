"""Failures are counted by address in a bounded table, and only failures (K06)."""

import ipaddress
import secrets

import pytest
from django.db import connection

from billing import failed_keys
from billing.failed_keys import BUCKETS, PER_ADDRESS, PER_NETWORK, count_failure, subjects


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed_keys, "_blocked", {})


def _anywhere() -> str:
    """Return an address that no other test calls from."""
    return str(ipaddress.IPv6Address(0x2001_0DB8 << 96 | secrets.randbits(96)))


def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed_keys, "_blocked", {})


def test_k06_an_address_may_fail_so_often_and_then_waits(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    address = _anywhere()
    waits = []
    for _ in range(PER_ADDRESS * 2):
        _forget(monkeypatch)  # as if each came to another worker
        waits.append(count_failure(address))
    assert waits[:PER_ADDRESS] == [0] * PER_ADDRESS
    assert set(waits[PER_ADDRESS:]) <= {0, 1}
    assert waits.count(1) >= PER_ADDRESS // 2
    assert count_failure(_anywhere()) == 0


def test_k06_a_worker_that_knows_asks_the_database_no_more(
    committed: None, django_assert_num_queries: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = _anywhere()
    monkeypatch.setattr(failed_keys, "PER_ADDRESS", 1)
    assert [count_failure(address) for _ in range(2)] == [0, 60]
    monkeypatch.setattr(failed_keys, "take", None)
    assert count_failure(address) in {59, 60}


def test_k06_a_network_has_a_wider_bucket(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many addresses of one network fail rarely each, and too often together."""
    network = int(ipaddress.IPv6Address(_anywhere())) >> 80 << 80
    monkeypatch.setattr(failed_keys, "PER_NETWORK", 5)
    waits = [count_failure(str(ipaddress.IPv6Address(network + (host << 64)))) for host in range(8)]
    assert [bool(wait) for wait in waits] == [False] * 5 + [True] * 3
    assert PER_NETWORK > PER_ADDRESS


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", (False, True)),
        ("203.0.113.7", "203.0.114.7", (False, False)),
        ("203.0.113.7", "::ffff:203.0.113.7", (True, True)),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", (True, True)),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", (False, True)),
        ("2001:db8:1:2::1", "2001:db8:2:2::1", (False, False)),
        ("", "unknown", (True, True)),
    ],
)
def test_addresses_that_one_caller_has_share_a_bucket(one: str, other: str, same: tuple[bool, bool]) -> None:
    assert tuple(a == b for a, b in zip(subjects(one), subjects(other), strict=True)) == same


def test_k06_any_number_of_addresses_fills_a_bounded_table(committed: None) -> None:
    named = {subject for number in range(20_000) for subject in subjects(str(ipaddress.IPv4Address(number * 65_537)))}
    assert {name.partition(":")[0] for name in named} == {"failed-address", "failed-network"}
    assert all(0 <= int(name.partition(":")[2]) < BUCKETS for name in named)
    address = _anywhere()
    count_failure(address)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM billing_rate")
        before = cursor.fetchone()
        for host in range(50):
            count_failure(f"{address.rpartition(':')[0]}:{host:x}")
        cursor.execute("SELECT count(*) FROM billing_rate")
        assert cursor.fetchone() == before
