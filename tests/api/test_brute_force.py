"""An address that presents many keys that are not valid is told to wait; good keys from it are not (K06)."""

import secrets
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import key_format
from accounts.models import ApiKey
from audit.models import Decision
from billing import failed_keys
from billing.failed_keys import PER_ADDRESS
from tenants.scope import org_scope
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner


@pytest.fixture
def address(committed: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """An address that no other test calls from, in a network of its own."""
    monkeypatch.setattr(failed_keys, "_blocked", {})
    return f"2001:db8:{secrets.randbelow(2**16):x}:{secrets.randbelow(2**16):x}::1"


def _get(address: str, key: str, **headers: str) -> "tuple[int, dict[str, str], dict[str, object]]":
    client = Client(REMOTE_ADDR=address, headers={"authorization": f"Bearer {key}"} | headers)
    response = client.get("/v1/models")
    return response.status_code, dict(response.headers), response.json()


@pytest.mark.parametrize("kind", ["unknown", "malformed"])
def test_k06_many_bad_keys_from_one_address_are_slowed_down(address: str, kind: str) -> None:
    _, good = new_owner().key()
    statuses: Counter[int] = Counter()
    for _ in range(PER_ADDRESS * 2):
        status, headers, body = _get(
            address, key_format.generate("live") if kind == "unknown" else secrets.token_hex(8)
        )
        statuses[status] += 1
        if status == 429:
            assert int(headers["Retry-After"]) >= 1
            assert headers["x-should-retry"] == "false"
            assert body["error"]["code"] == "LIM-RATE-003"  # type: ignore[index]  # JSON
            assert _get(address, good)[0] == 200, "a good key is nobody's guess"
    assert set(statuses) == {401, 429}
    assert statuses[401] >= PER_ADDRESS
    assert _get("2001:db8:ffff:ffff::1", key_format.generate("live"))[0] == 401


def test_k06_no_key_at_all_is_no_guess(address: str) -> None:
    for _ in range(PER_ADDRESS + 5):
        assert Client(REMOTE_ADDR=address).get("/v1/models").status_code == 401


def test_k06_a_claimed_address_does_not_change_whose_failures_are_counted(
    address: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a trusted proxy X-Forwarded-For is the client's word; behind one, only its own entry counts."""
    monkeypatch.setattr(failed_keys, "PER_ADDRESS", 3)
    bad = key_format.generate("live")
    claimed = [_get(address, bad, **{"x-forwarded-for": f"198.51.100.{n}"})[0] for n in range(5)]
    assert claimed == [401, 401, 401, 429, 429]
    settings.TRUSTED_PROXY_COUNT = 1
    outer = address.replace("::1", "::2:1").replace("2001:db8", "2001:db9")
    behind = [_get("10.0.0.1", bad, **{"x-forwarded-for": f"198.51.100.{n}, {outer}"})[0] for n in range(5)]
    assert behind == [401, 401, 401, 429, 429]
    assert _get("10.0.0.1", bad, **{"x-forwarded-for": "2001:dba::1"})[0] == 401


def test_k06_a_key_that_ran_out_is_recorded_still_and_slowed_down(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed_keys, "PER_ADDRESS", 2)
    owner = new_owner()
    key, secret = owner.key()
    with org_scope(owner.organization.id):
        ApiKey.objects.filter(id=key.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    answers = [_get(address, secret) for _ in range(4)]
    assert [status for status, *_ in answers] == [401, 401, 429, 429]
    with org_scope(owner.organization.id):
        recorded = Decision.objects.filter(permission="models:read")
        assert {row.id for row in recorded} == {headers["x-decision-id"] for _, headers, _ in answers}
        assert {code for row in recorded for code in row.reason_codes} == {"AUTHN-KEY-004"}


def test_k06_a_good_key_costs_nothing_more(address: str) -> None:
    _, good = new_owner().key()
    _get(address, good)
    with CaptureQueriesContext(connection) as queries:
        assert _get(address, good)[0] == 200
    assert len(queries) == 1
