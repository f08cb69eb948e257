"""Sample contexts of the pages of budgets and prices."""

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from billing.ledger.forms import BudgetForm
from billing.ledger.models import Budget, ListPrice
from billing.ledger.prices import list_prices
from billing.ledger.shown import Shown
from tests.pages.rows import ago

Context = dict[str, Any]


def _shown(subject: str, used: float, of: float, unit: str = "nanos", **values: Any) -> Shown:  # noqa: ANN401
    budget = Budget(
        id=uuid.UUID(int=9),
        org_id=uuid.UUID(int=1),
        unit=unit,
        period="month",
        cap=1,
        grace=values.pop("grace", 0),
        source=values.pop("source", "tenant"),
        created_at=ago(days=20),
        raised_until=ago(days=-3),
    )
    word = "USD" if unit == "nanos" else unit
    facts: dict[str, Any] = {
        "used": f"{used:,.2f} {word}",
        "reserved": f"3.20 {word}",
        "bound": f"{of:,.2f} {word}",
        "used_of": f"{used:,.2f} of {of:,.2f} {word}",
        "raised": "",
        "resets_at": ago(days=-9),
    }
    return Shown(budget, subject, share_used=used, share_of=of, **facts | values)


def caps() -> list[Shown]:
    """What the start page shows."""
    return [
        _shown("the plan's requests", 9_100, 10_000, "requests", source="plan"),
        _shown("the role developer", 410.0, 500.0, raised="100.00 USD"),
    ]


def budgets_list() -> Context:
    return {
        "groups": [
            (
                "The whole organisation",
                [
                    _shown("the whole organisation", 812.4, 2_000.0),
                    _shown("the plan's requests", 9_100, 10_000, "requests", source="plan"),
                ],
            ),
            (
                "Roles",
                [
                    _shown("the role analyst", 50.0, 50.0),
                    _shown("the role developer", 410.0, 500.0, raised="100.00 USD"),
                ],
            ),
            ("Models", [_shown("the model gpt-5", 9_000, 10_000, "requests", grace=10)]),
            ("API keys and services", [_shown("the key Nightly batch of the data team, second region", 1.1, 90.0)]),
        ],
        "rates": [("analyst", 60), ("developer", 1_200)],
        "may_create": True,
        "may_change": True,
    }


def budget_detail() -> Context:
    event = SimpleNamespace(
        decision_id="dec_01M84K73D2F3Q2BWJWAKYXYT7J",
        model="gpt-4.1",
        tokens_in=1_204,
        tokens_out=411,
        nanos=5_696_000,
        at=ago(minutes=4),
    )
    raised = SimpleNamespace(reason="Launch day", author="Olga Olsen", created_at=ago(days=1), until=ago(days=-3))
    return {
        "one": _shown("the role developer", 410.0, 600.0, raised="100.00 USD"),
        "raises": [raised],
        "events": [event, event],
        "may_change": True,
        "crumbs": [{"label": "Budgets", "url": "/budgets/"}],
    }


def form() -> Context:
    return {
        "form": BudgetForm(scopes=[("org:", "The whole organisation"), ("Roles", [("role:developer", "Developer")])]),
        "title": "New budget",
        "text": "A call has to fit into every budget that bounds it.",
        "label": "Make budget",
        "back": "/budgets/",
        "crumbs": [{"label": "Budgets", "url": "/budgets/"}],
    }


def prices_list() -> Context:
    listed = [ListPrice(**row) for row in list_prices()]
    return {"own": listed[:1], "listed": listed, "may_add": True}


PAGES: dict[str, Callable[[], Context]] = {
    "ledger/budgets_list.html": budgets_list,
    "ledger/budget_detail.html": budget_detail,
    "ledger/form.html": form,
    "ledger/prices_list.html": prices_list,
}
EMPTY: dict[str, Callable[[], Context]] = {
    "ledger/budgets_list.html": lambda: {"groups": [], "rates": [], "may_create": True, "may_change": True},
    "ledger/budget_detail.html": lambda: budget_detail() | {"raises": [], "events": []},
    "ledger/prices_list.html": lambda: prices_list() | {"own": []},
}
