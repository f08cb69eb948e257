"""Sample contexts of the pages of failed payments."""

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from billing.recovery.declines import Decline
from billing.recovery.forms import CaseFilter
from billing.recovery.measure import Rate
from tests.pages.rows import ago

Context = dict[str, Any]
STATES = {
    "retrying": "Tried again by itself",
    "asking": "Waits for a card that pays",
    "confirming": "Waits for the cardholder to confirm",
    "recovered": "Paid after all",
    "given_up": "Given up",
    "stopped": "Stopped by hand",
}
INVOICE = SimpleNamespace(
    stripe_id="in_1Rk2x8LkdIwHu7ix0001", number="ACME-0007", due_cents=4_900, currency="usd", paid_at=None
)


class Invoice(SimpleNamespace):
    """An invoice that is called by its number."""

    def __str__(self) -> str:
        return str(self.number)


def _case(state: str, code: str, number: int = 7, **values: Any) -> SimpleNamespace:  # noqa: ANN401
    invoice = Invoice(**vars(INVOICE) | {"number": f"ACME-{number:04d}", "hosted_url": "https://invoice.example/i/1"})
    facts: Context = {
        "id": uuid.UUID(int=number),
        "org_id": uuid.UUID(int=7),
        "org": "Acme Robotics",
        "invoice": invoice,
        "state": state,
        "get_state_display": STATES[state],
        "decline": Decline(code),
        "decline_code": code,
        "card": "Visa ending in 4242",
        "failed_at": ago(days=2),
        "ends_at": ago(days=-26),
        "closed_at": None,
        "recovered_by": "",
        "next_try": None,
        "attempts_made": 2,
        "lapses": state in {"retrying", "asking", "confirming", "stopped"},
    }
    return SimpleNamespace(**facts | values)


def payment() -> Context:
    case = _case("confirming", "authentication_required")
    known = {"state": "confirming", "level": "warning", "waits": True, "may_change": True}
    return {"invoice": case.invoice, "case": case, **known}


def paid() -> Context:
    invoice = Invoice(**vars(INVOICE) | {"paid_at": ago(minutes=1), "hosted_url": ""})
    return {"invoice": invoice, "case": None, "state": "recovered", "level": "success", "waits": False}


def _measured(avoided: int, failures: int) -> SimpleNamespace:
    days = [
        ("day 0", 14),
        *((f"day {day}", max(0, 9 - day) + (6 if day in {5, 12, 19} else 0)) for day in range(1, 29)),
    ]
    return SimpleNamespace(
        rate=Rate(avoided, failures), running=Rate(11, 31), since=ago(days=118), until=ago(days=28), by_day=days
    )


def desk_list() -> Context:
    cases = [
        _case("retrying", "insufficient_funds", 12, next_try=ago(days=-3)),
        _case("confirming", "authentication_required", 11),
        _case("asking", "expired_card", 10),
        _case("given_up", "lost_card", 9),
        _case("recovered", "do_not_honor", 8),
        _case("stopped", "generic_decline", 7),
    ]
    known = {"next_cursor": "x", "form": CaseFilter(), "filtered": False, "claim": 0.36, "days": 28}
    return {"cases": cases, "measured": _measured(47, 96), **known}


def _attempt(number: int, kind: str, state: str, code: str = "", **values: Any) -> SimpleNamespace:  # noqa: ANN401
    facts: Context = {
        "number": number,
        "get_kind_display": kind,
        "state": state.lower(),
        "get_state_display": state,
        "decline": Decline(code),
        "codes": f"{code} · try_again_later · 51" if code else "",
        "card": "Visa ending in 4242",
        "asked_by": "",
        "due_at": ago(days=-3),
        "finished_at": ago(days=number),
    }
    return SimpleNamespace(**facts | values)


def desk_case() -> Context:
    attempts = [
        _attempt(1, "The payment itself", "Declined", "insufficient_funds"),
        _attempt(2, "Another try", "Declined", "insufficient_funds", asked_by="Fiona Finance"),
        _attempt(3, "Another try", "Planned", finished_at=None, card=""),
    ]
    case = _case("retrying", "insufficient_funds", 12, next_try=ago(days=-3))
    crumbs = [{"label": "Failed payments", "url": "/desk/recovery/"}]
    return {"case": case, "attempts": attempts, "may_try": True, "may_stop": True, "crumbs": crumbs}


PAGES: dict[str, Callable[[], Context]] = {
    "recovery/payment.html": payment,
    "recovery/desk_list.html": desk_list,
    "recovery/desk_case.html": desk_case,
}
EMPTY: dict[str, Callable[[], Context]] = {
    "recovery/payment.html": paid,
    "recovery/desk_list.html": lambda: desk_list() | {"cases": [], "next_cursor": "", "measured": _measured(0, 0)},
    "recovery/desk_case.html": lambda: desk_case() | {"attempts": [], "may_try": False, "may_stop": False},
}
