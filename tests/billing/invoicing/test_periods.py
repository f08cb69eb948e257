"""A period's usage goes on one invoice: every call once, late ones too, and to the cent."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.events import Event
from audit.models import OutboxMessage
from audit.record import record_event
from billing.entitlements.verbs import SYSTEM
from billing.invoicing import claiming
from billing.invoicing.claiming import unbilled
from billing.invoicing.included import _months
from billing.invoicing.models import BilledPeriod, BilledUsage, UsageLine
from billing.invoicing.periods import Ended, bill
from billing.invoicing.rounding import NANOS_PER_CENT
from billing.ledger.models import ListPrice, ModelPrice
from billing.ledger.prices import add_price
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.billing.invoicing.conftest import BEGUN, GPT, GUARD, MONTH, billed, ended, metered, subscription
from tests.people import Person

CENT = NANOS_PER_CENT
DAY = timedelta(days=1)
TEAM = "tidegate_team_v1_month:9900"
BUSINESS = "tidegate_business_v1_month:49900"
ENTERPRISE = "tidegate_enterprise_v1_month:199900"


def test_one_line_for_each_model_and_price(in_acme: Person) -> None:
    metered(3 * CENT, BEGUN + DAY, GPT, calls=2)
    metered(CENT, BEGUN + DAY, GUARD)
    metered(CENT, BEGUN + DAY, ("gpt-4o", "2026-06-21"))
    period = billed(1)
    lines = {line.model: line for line in period.lines.all()}
    assert {model: (line.calls, line.cents) for model, line in lines.items()} == {
        "gpt-4.1": (2, 6),
        "tidegate-guard": (1, 1),
        "gpt-4o": (1, 1),
    }
    assert (lines["gpt-4.1"].tokens_in, lines["gpt-4.1"].tokens_out) == (20, 10)
    assert (period.usage_nanos, period.cents, period.carry_out_nanos) == (8 * CENT, 8, 0)


def test_less_than_a_cent_is_carried_into_the_next_period(in_acme: Person) -> None:
    metered(CENT * 6 // 10, BEGUN + DAY)
    metered(CENT * 6 // 10, BEGUN + MONTH + DAY)
    first, second = billed(1), billed(2)
    assert (first.cents, first.carry_out_nanos) == (0, CENT * 6 // 10)
    assert (second.carry_in_nanos, second.cents, second.carry_out_nanos) == (CENT * 6 // 10, 1, CENT * 2 // 10)


def test_a_late_call_is_billed_with_the_next_period(in_acme: Person) -> None:
    billed(1)
    metered(CENT, BEGUN + DAY)
    second = billed(2)
    assert (second.cents, BilledUsage.objects.count()) == (1, 1)


def test_no_call_is_billed_twice(in_acme: Person) -> None:
    metered(CENT, BEGUN + DAY)
    assert billed(1).cents == 1
    assert billed(2).cents == 0
    taken = BilledUsage.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        BilledUsage.objects.create(event_id=taken.event_id, line_id=taken.line_id, at=taken.at)


def test_the_same_invoice_again_bills_nothing(in_acme: Person) -> None:
    metered(CENT, BEGUN + DAY)
    billed(1)
    metered(CENT, BEGUN + DAY)
    assert bill(ended(1)) is None
    assert (BilledPeriod.objects.count(), unbilled(BEGUN, timezone.now() + MONTH).count()) == (1, 1)


def test_a_call_belongs_to_the_period_it_was_made_in(in_acme: Person) -> None:
    metered(CENT, BEGUN + MONTH - timedelta(microseconds=1))
    metered(5 * CENT, BEGUN + MONTH)
    assert (billed(1).cents, billed(2).cents) == (1, 5)


def test_what_was_used_before_the_subscription_or_in_its_trial_is_not_billed(in_acme: Person) -> None:
    metered(CENT, BEGUN - DAY)
    metered(CENT, BEGUN + DAY)
    metered(7 * CENT, BEGUN + 15 * DAY)
    period = billed(1, trial_end=BEGUN + 14 * DAY)
    assert (period.cents, period.starts_at) == (7, BEGUN + 14 * DAY)


def test_what_the_plan_includes_is_taken_off_in_a_line_of_its_own(in_acme: Person) -> None:
    metered(4_000 * CENT, BEGUN + DAY)
    period = billed(1, plan=TEAM)
    assert (period.plan, period.cents, period.included_cents) == ("team 1", 4_000, 2_500)
    assert sorted(period.lines.values_list("cents", flat=True)) == [-2_500, 4_000]


def test_the_plan_with_which_a_period_began_says_what_is_included(in_acme: Person) -> None:
    """Who takes a larger plan an hour before the end, or plans a smaller one for it, has what the period began with."""
    for month in range(3):
        metered(90_000 * CENT, BEGUN + month * MONTH + DAY)
    ordered = {"metadata": {"plan": "team", "version": "1"}}
    first = bill(Ended(subscription(ENTERPRISE) | ordered, BEGUN + MONTH, "in_1"))
    assert first is not None
    assert (first.plan, first.included_cents) == ("team 1", 2_500)
    second = billed(2, plan=TEAM)
    assert (second.plan, second.included_cents) == ("enterprise 1", 60_000)
    last = bill(Ended(subscription(BUSINESS), BEGUN + 2 * MONTH + 2 * DAY))
    assert last is not None
    assert (last.plan, last.included_cents) == ("team 1", 2_500)


def test_a_larger_plan_counts_for_the_months_of_a_year_that_begin_under_it(in_acme: Person) -> None:
    now = timezone.now()
    metered(90_000 * CENT, now - DAY, calls=10)
    begun = now - timedelta(days=60)
    record_event(Event.PLAN_UPGRADED, SYSTEM, "subscription/sub_acme", plan="enterprise 1")
    record_event(Event.PLAN_UPGRADED, SYSTEM, "subscription/sub_other", plan="business 1")
    ordered = {"metadata": {"plan": "team", "version": "1"}}
    period = bill(Ended(subscription(ENTERPRISE, begun) | ordered, now + timedelta(days=305), "in_1"))
    assert period is not None
    months = [2_500 if begins < now else 60_000 for begins in _months(period)]
    assert (len(months), sum(months)) == (12, period.included_cents)
    assert {2_500, 60_000} == set(months)


def test_no_more_is_taken_off_than_was_used(in_acme: Person) -> None:
    metered(40 * CENT, BEGUN + DAY)
    period = billed(1, plan=TEAM)
    assert sum(period.lines.values_list("cents", flat=True)) == 0


def test_a_call_at_a_price_of_the_tenants_own_is_not_billed(in_acme: Person) -> None:
    metered(CENT, BEGUN + DAY)
    price = {"input_nanos_per_token": 1, "output_nanos_per_token": 1, "valid_from": BEGUN}
    for version in ("ours", GPT[1]):  # the second has the name of a list price, which was used before it
        add_price(in_acme.may(Permission.BUDGETS_RAISE), ModelPrice(model=GPT[0], version=version, **price))
    metered(CENT, timezone.now(), (GPT[0], "ours"))
    metered(CENT, timezone.now())
    assert billed(2).cents == 1


def test_usage_of_very_many_models_goes_on_in_the_next_period(in_acme: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "MOST_LINES", 2)
    names = sorted(ListPrice.objects.values_list("model", "version"))[:3]
    for name in names:
        metered(CENT, BEGUN + DAY, name)
    assert (billed(1).cents, billed(2).cents) == (2, 1)


def test_another_currency_is_not_billed(in_acme: Person) -> None:
    metered(CENT, BEGUN + DAY)
    assert bill(Ended(subscription() | {"currency": "eur"}, BEGUN + MONTH, "in_1")) is None
    assert not UsageLine.objects.exists()


def test_the_last_period_is_billed_once_on_an_invoice_of_its_own(in_acme: Person) -> None:
    billed(1)
    metered(CENT, BEGUN + MONTH + DAY)
    last = bill(Ended(subscription(), BEGUN + MONTH + 2 * DAY))
    assert last is not None
    assert (last.is_last, last.invoice_id, last.cents) == (True, "", 1)
    assert bill(Ended(subscription(), BEGUN + MONTH + 3 * DAY)) is None


def test_a_period_is_owed_to_stripe_in_the_same_transaction(in_acme: Person) -> None:
    billed(1)
    assert OutboxMessage.objects.filter(topic="invoicing.place").count() == 1


def test_another_organisations_usage_is_not_billed(in_acme: Person, eve: Person) -> None:
    with org_scope(eve.organization.id):
        metered(CENT, BEGUN + DAY)
    assert billed(1).cents == 0


def test_a_period_that_loses_a_nano_cannot_be_stored(in_acme: Person) -> None:
    metered(CENT + 1, BEGUN + DAY)
    period = billed(1)
    for wrong in ({"carry_out_nanos": 0}, {"cents": 2}, {"included_cents": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            BilledPeriod.objects.filter(pk=period.pk).update(**wrong)
