"""The line above every page of whom a budget binds that is near its cap or used up."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing.ledger import near_cap
from billing.ledger.alerts import tell_of
from billing.ledger.budgets import raise_until
from billing.ledger.models import Budget
from billing.ledger.quotas import set_plan_quotas
from billing.ledger.reservations import finish
from tenants.permissions import Permission
from tests.billing.ledger.conftest import held, make_budget
from tests.billing.ledger.test_quotas import Plan
from tests.people import Browser, Person


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    near_cap._remembered.clear()
    yield
    near_cap._remembered.clear()


def _use(person: Person, times: int) -> None:
    for _ in range(times):
        tell_of(finish(held(person), "settled", 1, 1).untold)


def _page(browser: Browser) -> str:
    return browser.get(reverse("access")).content.decode()


def test_a_page_says_that_the_plan_is_nearly_and_then_wholly_used(in_acme: Person, max_: Person) -> None:
    set_plan_quotas(Plan(requests=10))
    browser = max_.browser()
    _use(in_acme, 7)
    assert "of a budget" not in _page(browser)
    _use(in_acme, 1)
    assert "80 % of a budget are used: the plan&#x27;s requests" in _page(browser)
    _use(in_acme, 2)
    page = _page(browser)
    assert "A budget is used up" in page
    assert "are refused" in page
    set_plan_quotas(Plan(requests=100))
    assert "A budget is used up" not in _page(browser)


def test_it_is_said_to_those_whom_it_binds_and_linked_for_those_who_may_look(in_acme: Person, max_: Person) -> None:
    budget = make_budget(in_acme, 1, scope="role:developer")
    tell_of(finish(held(max_), "settled", 1, 1).untold)
    assert "A budget is used up: the role developer" in _page(max_.browser())
    assert "A budget is used up" not in _page(in_acme.browser())
    all_ = make_budget(in_acme, 1)
    _use(in_acme, 1)
    address = reverse("budget_detail", args=[all_.id])
    assert address in _page(in_acme.browser())
    assert reverse("budget_detail", args=[budget.id]) not in _page(max_.browser())


def test_once_it_is_raised_nobody_is_told_that_it_is_used_up(in_acme: Person) -> None:
    budget = make_budget(in_acme, 5)
    _use(in_acme, 5)
    browser = in_acme.browser()
    assert "A budget is used up" in _page(browser)
    until = timezone.now() + timedelta(days=1)
    raise_until(in_acme.may(Permission.BUDGETS_RAISE), budget.id, 5, until, "Launch day")
    assert "of a budget" not in _page(browser)
    assert "A budget is used up" not in _page(browser)
    _use(in_acme, 3)
    assert "80 % of a budget are used" in _page(browser)
    assert "8 of 10 requests" in _page(browser)


def test_a_period_that_is_over_is_not_spoken_of(in_acme: Person) -> None:
    budget = make_budget(in_acme, 1, period="month")
    _use(in_acme, 1)
    Budget.objects.filter(id=budget.id).update(window_start="2000-01-01T00:00:00Z")
    assert "A budget is used up" not in _page(in_acme.browser())


def test_where_no_budget_is_near_its_cap_a_page_asks_once_in_a_while(in_acme: Person) -> None:
    browser = in_acme.browser()
    _page(browser)
    with CaptureQueriesContext(connection) as queries:
        _page(browser)
    assert not [one for one in queries.captured_queries if "ledger_budget" in one["sql"]]
