"""Usage ends with its plan's retention once it is billed, and its lines keep their sums; before that it does not."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from audit import retention
from billing.invoicing.books import differences
from billing.invoicing.models import BilledPeriod, BilledUsage, UsageLine
from billing.invoicing.periods import Ended, bill
from billing.invoicing.rounding import NANOS_PER_CENT
from billing.ledger.models import UsageEvent
from billing.subscriptions.models import SubscriptionState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.billing.invoicing.conftest import metered, subscription
from tests.committed import new_owner
from tests.people import Person

DAY = timedelta(days=1)
CENT = NANOS_PER_CENT


@pytest.fixture
def acme(committed: None) -> Iterator[Person]:
    """An owner whose plan keeps 90 days; the organisation is open."""
    owner = new_owner()
    with org_scope(owner.organization.id):
        Organization.objects.update(retention_days=90)
        yield owner


def subscribed(days_ago: int, ended_days_ago: int | None = None) -> SubscriptionState:
    """Let the subscription that `subscription` tells of have begun, and ended, so many days ago."""
    begun = timezone.now() - days_ago * DAY
    ended_at = None if ended_days_ago is None else timezone.now() - ended_days_ago * DAY
    times = {"period_start": begun, "period_end": begun + 365 * DAY, "created_at": begun, "ended_at": ended_at}
    row: SubscriptionState = SubscriptionState.objects.create(
        stripe_id="sub_acme",
        item_id="si_acme",
        status="canceled" if ended_at else "active",
        cancel_at_period_end=False,
        verified=True,
        **times,
    )
    return row


def used(*days_ago: int) -> None:
    for days in days_ago:
        metered(CENT, timezone.now() - days * DAY)


def billed(begun_days_ago: int, ends_days_ago: float, invoice: str = "in_1") -> BilledPeriod:
    begun: datetime = timezone.now() - begun_days_ago * DAY
    period = bill(Ended(subscription(begun=begun), timezone.now() - ends_days_ago * DAY, invoice))
    assert period is not None
    return period


def test_usage_of_a_year_waits_for_its_renewal(acme: Person) -> None:
    subscribed(300)
    used(280, 200, 100, 10)
    assert retention.expire() == 0
    assert billed(300, 0).cents == 4


def test_what_no_subscription_will_bill_ends_with_the_retention(acme: Person) -> None:
    used(100, 10)
    assert retention.expire() == 1
    subscribed(30)
    used(100)
    assert retention.expire() == 1, "it is older than the subscription"


def test_what_came_late_waits_for_the_next_period(acme: Person) -> None:
    subscribed(300)
    billed(300, 120)
    used(130, 110)
    assert retention.expire() == 0
    assert billed(300, 0, "in_2").cents == 2


def test_billed_usage_ends_and_its_line_keeps_the_sums(acme: Person) -> None:
    subscribed(300)
    used(200, 100, 50)
    billed(300, 20)
    assert retention.expire() == 2
    line = UsageLine.objects.get()
    assert (line.calls, line.nanos, line.cents) == (3, 3 * CENT, 3)
    assert (line.expired_calls, line.expired_nanos) == (2, 2 * CENT)
    assert (UsageEvent.objects.count(), BilledUsage.objects.count()) == (1, 1)
    assert list(differences()) == []
    page = acme.browser().get(f"/billing/usage/{line.id}/").content.decode()
    assert "2 calls of a time before the plan's retention are not listed any more" in " ".join(page.split())
    Organization.objects.update(retention_days=30)
    assert retention.expire() == 0, "two months are kept in any case"


def test_a_call_that_is_lost_otherwise_is_a_difference_still(acme: Person) -> None:
    subscribed(300)
    used(200, 100, 50)
    billed(300, 20)
    retention.expire()
    UsageLine.objects.update(expired_calls=1)
    assert any("its calls are" in each.sentence for each in differences())


def test_after_the_last_invoice_nothing_waits_any_more(acme: Person) -> None:
    subscribed(300, ended_days_ago=5)
    used(200)
    assert retention.expire() == 0
    billed(300, 5, "")
    used(201)
    assert retention.expire() == 2


def test_a_subscription_that_ended_long_ago_without_an_invoice_keeps_nothing(acme: Person) -> None:
    subscribed(300, ended_days_ago=70)
    used(200)
    assert retention.expire() == 1
