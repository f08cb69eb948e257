"""Sample contexts of the pages of plan and payment."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from billing.catalogue.models import Interval, PlanVersion
from billing.catalogue.plans import listed
from billing.subscriptions import legal
from billing.subscriptions.changing import Preview
from billing.subscriptions.forms import OrderForm
from billing.subscriptions.losing import Loss
from billing.subscriptions.models import Refusal, SubscriptionState, Trial
from billing.subscriptions.offers import Offer
from billing.subscriptions.shown import Bar, cards, comparison
from tenants.scope import org_scope
from tests.pages.rows import ago

Context = dict[str, Any]
PLANS = [PlanVersion(id=number, **row) for number, row in enumerate(listed(), 1)]


def _row(**values: Any) -> SubscriptionState:  # noqa: ANN401
    known = {
        "stripe_id": "sub_1",
        "status": "active",
        "plan": PLANS[1],
        "interval": "month",
        "period_start": ago(days=12),
        "period_end": ago(days=-18),
        "cancel_at_period_end": False,
        "card_brand": "visa",
        "card_last4": "4242",
        "card_expires": "12/2034",
    }
    return SubscriptionState(org_id=uuid.UUID(int=1), **known | values)


def _trial(state: str, **values: str) -> Trial:
    return Trial(org_id=uuid.UUID(int=1), plan=PLANS[1], interval="month", state=state, since=ago(hours=2), **values)


def _invoice(status: str, label: str, cents: int, number: str) -> SimpleNamespace:
    return SimpleNamespace(
        id=uuid.UUID(int=cents),
        number=number,
        status=status,
        get_status_display=label,
        total_cents=cents,
        due_cents=cents,
        currency="usd",
        hosted_url="https://invoice.example/1",
        period_start=datetime(2026, 10, 1, tzinfo=UTC),
        period_end=datetime(2026, 11, 1, tzinfo=UTC),
        created_at=ago(days=22),
    )


def plan() -> Context:
    row = _row(status="past_due", next_plan=PLANS[1], plan=PLANS[2])
    return {
        "row": row,
        "held": PLANS[1],
        "trial": _trial("off", failure="failed"),
        "interval": Interval.MONTH,
        "tabs": [{"label": "Monthly", "url": "?interval=month", "active": True}, {"label": "Yearly", "url": "?y"}],
        "cards": _cards(row),
        "plans": PLANS,
        "comparison": comparison(PLANS),
        "bars": [
            Bar("Requests this month", "412,000 of 500,000 requests", 412_000, 500_000),
            Bar("US dollars this month", "1,000.00 of 1,000.00 USD", 1_000, 1_000),
            Bar("Members and open invitations", "7 seats, without a bound", 7, 0),
        ],
        "invoices": [
            _invoice("open", "open", 49_900, "A1B2C3-0003"),
            _invoice("paid", "paid", 9_900, "A1B2C3-0002"),
            _invoice("void", "void", 9_900, "A1B2C3-0001"),
        ],
        "due": _invoice("open", "open", 49_900, "A1B2C3-0003"),
        "may_change": True,
    }


def _cards(row: SubscriptionState | None) -> list[Any]:
    return cards(row, PLANS[0], Interval.MONTH, PLANS)


def nothing_bought() -> Context:
    bare: Context = {"row": None, "trial": None, "due": None, "invoices": [], "held": PLANS[0]}
    return {**plan(), **bare, "cards": _cards(None)}


def _choice(kind: str, accepts: bool, **values: Any) -> Context:  # noqa: ANN401
    with org_scope(uuid.UUID(int=1)):
        offer = Offer(PLANS[2], Interval.MONTH, trial=kind == "subscribe")
        form = OrderForm(None, offer, accepts)
    return {
        "kind": kind,
        "plan": PLANS[2],
        "interval": Interval.MONTH,
        "cents": 49_900,
        "row": _row(),
        "offer": offer,
        "form": form,
        "crumbs": [{"label": "Plan", "url": "/plan/"}],
        **values,
    }


def choose() -> Context:
    lines = [("Unused time on Tidegate Team", -4_950), ("Remaining time on Tidegate Business", 24_950)]
    over = Loss("100 seats become 15. Over the new limit, newest last:", ["Max Member", "a@b.example, invited"])
    kept = Loss("Decisions are kept for 90 days, no longer for 365.", [])
    return _choice("downgrade", True, preview=Preview(lines, 20_000, "usd", 1), losses=[over, kept])


def arrival(**values: Any) -> Context:  # noqa: ANN401
    waiting = {"visit": SimpleNamespace(at=ago(minutes=1)), "row": None, "trial": None, "waits": True}
    return {**waiting, **values}


PAGES: dict[str, Callable[[], Context]] = {
    "subscriptions/plan.html": plan,
    "subscriptions/choose.html": choose,
    "subscriptions/done.html": arrival,
    "subscriptions/legal.html": lambda: {"document": legal.present("terms"), "versions": legal.versions("terms")},
}
EMPTY: dict[str, Callable[[], Context]] = {
    "subscriptions/plan.html": nothing_bought,
    "subscriptions/choose.html": lambda: _choice("subscribe", True, refusal=Refusal.SAME_CARD),
    "subscriptions/done.html": lambda: arrival(row=_row(), waits=False),
}
