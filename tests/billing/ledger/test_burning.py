"""Spending far more in an hour than in the median hour of the week before is told, once in six hours."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent, OutboxMessage
from billing.ledger.burning import Burn, burn, watch
from billing.ledger.models import UsageEvent
from billing.ledger.names import NANOS
from billing.ledger.tasks import watch_burning, watch_organization
from tenants.permissions import Role
from tests.people import Person, join


def _spent(hours_ago: float, nanos: int) -> None:
    UsageEvent.objects.create(
        decision_id="dec_x",
        model="gpt-4.1",
        price_version="1",
        principal_kind="api_key",
        principal_id="k",
        tokens_in=1,
        tokens_out=1,
        nanos=nanos,
        budgets=[],
        origin="settled",
        at=timezone.now() - timedelta(hours=hours_ago),
    )


def _week(hours: int, nanos: int) -> None:
    for hour in range(hours):
        _spent(1.5 + hour, nanos)


def test_more_than_three_times_the_median_is_far_more(in_acme: Person) -> None:
    _week(30, NANOS)
    _spent(0.1, 3 * NANOS)
    assert burn() is None
    _spent(0.2, 1)
    assert burn() == Burn(3 * NANOS + 1, NANOS)


@pytest.mark.parametrize(("hours", "usual", "hour"), [(10, NANOS, 100 * NANOS), (30, 1, NANOS - 1), (0, 0, NANOS)])
def test_little_money_and_little_history_tell_nobody(in_acme: Person, hours: int, usual: int, hour: int) -> None:
    _week(hours, usual)
    _spent(0.1, hour)
    assert not watch()


def test_what_is_older_than_a_week_is_not_usual(in_acme: Person) -> None:
    for hour in range(30):
        _spent(170 + hour, NANOS)
    _spent(0.1, 100 * NANOS)
    assert burn() is None


def test_owners_and_finance_hear_of_it_once(in_acme: Person) -> None:
    join(in_acme.organization, "fin@acme.example", "Fin", Role.FINANCE)
    join(in_acme.organization, "ann@acme.example", "Ann", Role.ANALYST)
    _week(30, NANOS)
    _spent(0.1, 10 * NANOS)
    assert (watch_organization(str(in_acme.organization.id)), watch()) == (True, False)
    [event] = AuditEvent.objects.filter(event="ledger:burn:high")
    assert event.detail == {"hour": 10 * NANOS, "usual": NANOS}
    assert OutboxMessage.objects.filter(topic="accounts.notice").count() == 2


def test_the_watch_finds_organisations_and_reads_none(in_acme: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    _spent(0.1, 1)
    asked: list[str] = []
    monkeypatch.setattr(watch_organization, "apply_async", lambda args, retry: asked.append(args[0]))
    watch_burning()
    assert str(in_acme.organization.id) in asked
