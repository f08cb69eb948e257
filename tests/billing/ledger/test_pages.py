"""The pages of budgets and prices, as owner, and as somebody who has nothing to do with money."""

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from billing.ledger.models import Budget, ModelPrice, RoleRate, TemporaryRaise, UsageEvent
from billing.ledger.quotas import set_plan_quotas
from billing.ledger.reservations import finish
from tests.billing.ledger.conftest import call, held, state_of
from tests.billing.ledger.test_quotas import Plan
from tests.people import Browser, Person, passkey_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

NEW = {"scope": "org:", "unit": "nanos", "period": "month", "cap": "25.50", "grace": "0"}


@pytest.fixture
def browser(in_acme: Person) -> Browser:
    """Olga's browser."""
    return in_acme.browser()


def _post(browser: Browser, name: str, body: dict[str, str], budget: Budget | None = None) -> "Response":
    return browser.post(reverse(name, args=[budget.id] if budget else []), body)


def test_a_budget_is_made_seen_raised_changed_and_closed(browser: Browser, in_acme: Person) -> None:
    assert "Nothing is bounded yet" in browser.get(reverse("budgets_list")).content.decode()
    assert _post(browser, "budget_create", NEW).status_code == 302
    budget = Budget.objects.get()
    assert (budget.cap, budget.scope_kind, budget.period) == (25_500_000_000, "org", "month")
    finish(held(in_acme), "settled", 1_000, 1_000)
    listed = browser.get(reverse("budgets_list")).content.decode()
    assert "0.01 of 25.50 USD used" in listed
    assert "gpt-4.1" in browser.get(reverse("budget_detail", args=[budget.id])).content.decode()
    assert _post(browser, "budget_raise", {"amount": "10", "days": "7", "reason": "Launch"}, budget).status_code == 302
    assert TemporaryRaise.objects.get().amount == 10_000_000_000
    assert "35.50 USD" in browser.get(reverse("budgets_list")).content.decode()
    assert _post(browser, "budget_change", {"cap": "30", "grace": "10"}, budget).status_code == 302
    budget.refresh_from_db()
    assert (budget.cap, budget.grace) == (30_000_000_000, 10)
    assert _post(browser, "budget_close", {}, budget).status_code == 302
    assert call(in_acme).tightest is None
    assert browser.get(reverse("budget_detail", args=[budget.id])).status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cap": "0"}, "The cap is 1"),
        ({"cap": "1.0000000001"}, "no more than 9 decimal places"),
        ({"unit": "requests", "cap": "1.5"}, "The smallest part is one"),
        ({"scope": "key:11111111-1111-4111-8111-111111111111"}, "Select a valid choice"),
        ({"period": "week"}, "Select a valid choice"),
        ({"grace": "50"}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(browser: Browser, change: dict[str, str], words: str) -> None:
    answer = _post(browser, "budget_create", NEW | change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Budget.objects.count() == 0


def test_letting_more_money_go_asks_for_the_passkey_again(in_acme: Person, budget: Budget, browser: Browser) -> None:
    browser.prove(in_acme.user, passkey_of(in_acme.user), ago=600)
    for name in ("budget_raise", "budget_change", "budget_close"):
        _post(browser, name, {"amount": "1", "days": "1", "reason": "x", "cap": "500", "grace": "0"}, budget)
    assert _post(browser, "price_add", {}).status_code in {302, 403}
    budget.refresh_from_db()
    assert (budget.cap, budget.raised, budget.closed_at) == (100, 0, None)


def test_a_period_that_is_over_shows_as_begun_anew(in_acme: Person, browser: Browser, budget: Budget) -> None:
    finish(held(in_acme), "settled", 1, 1)
    Budget.objects.filter(id=budget.id).update(window_start=budget.window_start.replace(year=2020))
    assert state_of(budget)[0] == 1
    assert "0 of 100 requests used" in browser.get(reverse("budgets_list")).content.decode()


def test_a_price_is_added_in_dollars_for_a_million_tokens(browser: Browser) -> None:
    body = {"model": "own-7b", "version": "1", "input_price": "0.15", "output_price": "0.6", "call_price": "0"}
    assert _post(browser, "price_add", body).status_code == 302
    made = ModelPrice.objects.get()
    assert (made.input_nanos_per_token, made.output_nanos_per_token, made.call_nanos) == (150, 600, 0)
    shown = browser.get(reverse("prices_list")).content.decode()
    assert "own-7b" in shown
    assert "0.15 USD" in shown
    again = _post(browser, "price_add", body)
    assert (again.status_code, ModelPrice.objects.count()) == (422, 1)
    odd = _post(browser, "price_add", body | {"version": "2", "input_price": "0.0001"})
    assert "billionth of a dollar" in odd.content.decode()


def test_t01_a_budget_of_another_organisation_is_not_found(in_acme: Person, budget: Budget, eve: Person) -> None:
    theirs = eve.browser()
    for name in ("budget_detail", "budget_change", "budget_raise"):
        assert theirs.get(reverse(name, args=[budget.id])).status_code == 404
    assert _post(theirs, "budget_close", {}, budget).status_code == 404
    budget.refresh_from_db()
    assert budget.closed_at is None


def test_rate_limits_of_roles_are_set_and_shown(browser: Browser, in_acme: Person) -> None:
    assert _post(browser, "rates_change", {"developer": "30", "analyst": ""}).status_code == 302
    assert "30 requests a minute" in browser.get(reverse("budgets_list")).content.decode()
    assert _post(browser, "rates_change", {"developer": "0"}).status_code == 422
    assert _post(browser, "rates_change", {"developer": ""}).status_code == 302
    assert not RoleRate.objects.exists()


def test_b03_a_quota_of_the_plan_is_shown_and_cannot_be_changed(browser: Browser, in_acme: Person) -> None:
    set_plan_quotas(Plan(requests=10))
    quota = Budget.objects.get()
    assert "From your plan" in browser.get(reverse("budgets_list")).content.decode()
    page = browser.get(reverse("budget_detail", args=[quota.id])).content.decode()
    assert "Raise for a time" not in page
    assert reverse("plan") in page
    for name, body in (("budget_change", {"cap": "30", "grace": "10"}), ("budget_close", {})):
        assert _post(browser, name, body, quota).status_code == 404
    quota.refresh_from_db()
    assert (quota.cap, quota.closed_at) == (10, None)


def test_a_check_on_the_playground_is_charged_and_refused_like_a_call(browser: Browser, in_acme: Person) -> None:
    set_plan_quotas(Plan(requests=1))
    first = browser.post(reverse("playground"), {"text": "hello"})
    assert first.context["decision"].action == "allow"
    assert UsageEvent.objects.get().principal_id == str(in_acme.user.pk)
    refused = browser.post(reverse("playground"), {"text": "hello"})
    assert "The quota of your plan has no room" in refused.content.decode()
    assert UsageEvent.objects.count() == 1
