"""Sample contexts of the pages of invoices, billed usage, charges and refunds."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from billing.invoicing.books import Difference
from billing.invoicing.desk import PeriodFilter
from billing.invoicing.models import BilledPeriod, BooksCheck, UsageLine
from billing.invoicing.reconciling import Reconciled
from billing.invoicing.shown import LineOfInvoice, OpenUsage
from billing.payments.models import ChargeState, InvoiceLine, InvoiceState
from billing.refunds.forms import ChargeFilter, RefundFilter, RefundForm
from billing.refunds.models import Refund
from billing.reports.monthly import Month
from billing.reports.views import report
from tests.pages.rows import DECISION_ID, ORGANIZATION, ago

Context = dict[str, Any]
ORG = {"org_id": ORGANIZATION.id}
CRUMBS = [{"label": "Charges", "url": "/desk/charges/"}]


def _of_org(row: Any) -> Any:  # noqa: ANN401 (a row of any model)
    """Give a row its organisation without asking the database."""
    row._state.fields_cache["org"] = ORGANIZATION
    return row


def _invoice(status: str = "paid", number: str = "NW-0042", **values: Any) -> InvoiceState:  # noqa: ANN401
    times = {"period_start": ago(days=31), "period_end": ago(days=1), "created_at": ago(days=1)}
    amounts = {"total_cents": 14_117, "due_cents": 14_117, "paid_cents": 14_117 if status == "paid" else 0}
    known = {"stripe_id": "in_1", "currency": "usd", "attempt_count": 1, "hosted_url": "https://invoice.example/1"}
    return InvoiceState(id=uuid.UUID(int=3), **ORG, status=status, number=number, **amounts, **times, **known | values)


def _usage(model: str = "gpt-4.1", cents: int = 5_431) -> UsageLine:
    line = UsageLine(
        id=uuid.UUID(int=5), **ORG, period=_period(), model=model, price_version="2026-06-21" if model else ""
    )
    line.calls, line.tokens_in, line.tokens_out, line.cents = 12_044, 9_441_200, 4_413_550, cents
    line.nanos = cents * 10**7 + 4_100_312
    return _of_org(line)  # type: ignore[no-any-return]  # see there


def _period(**values: Any) -> BilledPeriod:  # noqa: ANN401
    known = {"starts_at": ago(days=31), "ends_at": ago(days=1), "plan": "team 1", "placed_at": ago(hours=20)}
    amounts = {"decisions": 11_530, "usage_nanos": 68_174_100_312, "cents": 6_817, "included_cents": 2_500}
    remainders = {"carry_in_nanos": 812_004, "carry_out_nanos": 4_912_316}
    made = BilledPeriod(id=uuid.UUID(int=4), **ORG, number=3, **known | amounts | remainders | values)
    return _of_org(made)  # type: ignore[no-any-return]  # see there


def _charge(**values: Any) -> ChargeState:  # noqa: ANN401
    known = {"stripe_id": "ch_3PZt9nLkdIwHu7ix0A1b2C3d", "amount_cents": 14_117, "refunded_cents": 0, "currency": "usd"}
    card = {"card_brand": "visa", "card_last4": "4242", "card_country": "US", "network": "visa"}
    said = {"status": "succeeded", "disputed": False, "created_at": ago(days=1), "receipt_email": "ap@acme.example"}
    return _of_org(ChargeState(id=uuid.UUID(int=6), **ORG, **known | card | said | values))  # type: ignore[no-any-return]  # see there


def _refund(state: str = "proposed", **values: Any) -> Refund:  # noqa: ANN401
    who = {"proposer_id": "1", "proposer_label": "Fiona Ledger", "proposed_at": ago(hours=3)}
    known = {"amount_cents": 4_900, "reason": "requested_by_customer", "note": "Charged for a seat they had removed."}
    made = Refund(id=uuid.UUID(int=8), **ORG, charge=_charge(), state=state, **who | known | values)
    return _of_org(made)  # type: ignore[no-any-return]  # see there


def _line(description: str, cents: int) -> InvoiceLine:
    return InvoiceLine(description=description, amount_cents=cents, period_start=ago(days=31), period_end=ago(days=1))


def _call() -> SimpleNamespace:
    event = SimpleNamespace(decision_id=DECISION_ID, model="gpt-4.1", tokens_in=812, tokens_out=344, nanos=4_376_000)
    event.at = ago(hours=30)
    return SimpleNamespace(event=event, at=event.at)


def invoices_list() -> Context:
    rows = [
        _invoice("draft", ""),
        _invoice("open", "NW-0043", attempt_count=2),
        _invoice(),
        _invoice("void", "NW-0041"),
    ]
    return {"invoices": rows, "next_cursor": "abc", "usage": OpenUsage(ago(days=1), 1_204, 3_411_000_000)}


def invoice_detail() -> Context:
    usage, included = _usage(), _usage("", -2_500)
    lines = [
        LineOfInvoice(_line("1 × Tidegate Team (at 99.00 USD / month)", 9_900), None),
        LineOfInvoice(
            _line("gpt-4.1 (price of 2026-06-21): 12,044 calls, 9,441,200 tokens in, 4,413,550 out", 5_431), usage
        ),
        LineOfInvoice(_line("Usage that your plan includes", -2_500), included),
    ]
    charges = [
        _charge(refunded_cents=4_900),
        _charge(status="failed", failure_code="card_declined", decline_code="insufficient_funds"),
    ]
    return {"invoice": _invoice(), "lines": lines, "charges": charges, "refunded": 4_900, "crumbs": CRUMBS}


def usage_line() -> Context:
    known = {"calls": [_call(), _call()], "next_cursor": "abc", "may_read_decisions": True, "crumbs": CRUMBS}
    return {"line": _usage(), "invoice": _invoice(), **known}


def decision_billing() -> Context:
    calls = [
        {"event": _call().event, "line": _usage(), "invoice": _invoice()},
        {"event": _call().event, "line": _usage("tidegate-guard"), "invoice": None},
    ]
    known = {"waiting": [_call().event], "may_read_decisions": True, "crumbs": CRUMBS}
    return {"decision_id": DECISION_ID, "calls": calls, **known}


def _reconciled(invoiced: int = 4_317, differences: list[str] | None = None, **values: Any) -> Reconciled:  # noqa: ANN401
    checked = BooksCheck(checked_at=ago(hours=9), periods=3, differences=differences or [])
    return Reconciled(_period(**values), 4_317, invoiced, checked)


def reconciliation() -> Context:
    rows = [_reconciled(), _reconciled(4_316, ["x"]), _reconciled(0, placed_at=None), Reconciled(_period(), 1, 1, None)]
    return {"periods": rows, "wrong": 1, "form": PeriodFilter({}), "filtered": False, "next_cursor": "abc"}


def period() -> Context:
    text = "gpt-4.1 at 2026-06-21 of 5431 cents stands on invoice NW-0042 with 5430."
    lines = [{"line": _usage(), "there": SimpleNamespace(amount_cents=5_430, invoice="NW-0042")}]
    lines.append({"line": _usage("", -2_500), "there": None})
    found = [Difference(text, uuid.UUID(int=4), uuid.UUID(int=5))]
    return {"one": _reconciled(4_316), "lines": lines, "differences": found, "invoice": _invoice(), "crumbs": CRUMBS}


def desk_line() -> Context:
    return {"line": _usage(), "calls": [_call()], "next_cursor": "", "crumbs": CRUMBS}


def charges_list() -> Context:
    rows = [
        _charge(),
        _charge(status="failed", failure_code="card_declined"),
        _charge(disputed=True),
        _charge(refunded_cents=4_900),
        _charge(refunded_cents=14_117, card_last4=""),
        _charge(status="pending"),
    ]
    return {"charges": rows, "form": ChargeFilter({}), "filtered": False, "next_cursor": "abc"}


def charge_detail() -> Context:
    known = {"left": 9_217, "may_propose": True, "crumbs": CRUMBS}
    refunds = [_refund(), _refund("failed"), _refund("done"), _refund("rejected")]
    charge = _charge(refunded_cents=4_900, three_d_secure="authenticated", description="Invoice NW-0042")
    return {"charge": charge, "invoice": _invoice(), "refunds": refunds, **known}


def refund_form() -> Context:
    return {
        "form": RefundForm(left_cents=9_217, currency="usd"),
        "title": "Propose a refund",
        "text": "Nothing moves until somebody else approves it.",
        "label": "Propose refund",
        "back": "/desk/charges/",
        "crumbs": CRUMBS,
    }


def refunds_list() -> Context:
    rows = [_refund(state) for state in Refund.State.values]
    return {"refunds": rows, "form": RefundFilter({}), "filtered": False, "next_cursor": "abc"}


def refund_detail() -> Context:
    return {
        "refund": _refund(),
        "waits": True,
        "mine": False,
        "may_decide": True,
        "may_withdraw": False,
        "crumbs": CRUMBS,
    }


def own_refund() -> Context:
    return refund_detail() | {"mine": True, "may_decide": False, "may_withdraw": True}


def reports() -> Context:
    begins = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 13)]
    found = [
        Month(
            each, 100_000 * index, 40 + index, 4, 2 + index % 3, 60 + index, 90_000 * index, index % 3, 9_900, 2, 4_900
        )
        for index, each in enumerate(begins)
    ]
    return report(found)


PAGES: dict[str, Callable[[], Context]] = {
    "invoicing/invoices_list.html": invoices_list,
    "invoicing/invoice_detail.html": invoice_detail,
    "invoicing/usage_line.html": usage_line,
    "invoicing/decision_billing.html": decision_billing,
    "invoicing/reconciliation.html": reconciliation,
    "invoicing/period.html": period,
    "invoicing/desk_line.html": desk_line,
    "reports/reports.html": reports,
    "refunds/charges_list.html": charges_list,
    "refunds/charge_detail.html": charge_detail,
    "refunds/form.html": refund_form,
    "refunds/refunds_list.html": refunds_list,
    "refunds/refund_detail.html": refund_detail,
}
EMPTY: dict[str, Callable[[], Context]] = {
    "invoicing/invoices_list.html": lambda: {"invoices": [], "usage": None},
    "invoicing/invoice_detail.html": lambda: (
        invoice_detail() | {"lines": [], "charges": [], "invoice": _invoice("draft", "")}
    ),
    "invoicing/usage_line.html": lambda: usage_line() | {"calls": [], "next_cursor": "", "invoice": None},
    "invoicing/decision_billing.html": lambda: decision_billing() | {"calls": [], "waiting": []},
    "invoicing/reconciliation.html": lambda: {"periods": [], "form": PeriodFilter({})},
    "invoicing/period.html": lambda: period() | {"lines": [], "differences": [], "invoice": None},
    "invoicing/desk_line.html": lambda: desk_line() | {"calls": []},
    "reports/reports.html": lambda: report([Month(datetime(2026, 11, 1, tzinfo=UTC))]),
    "refunds/charges_list.html": lambda: {"charges": [], "form": ChargeFilter({})},
    "refunds/charge_detail.html": lambda: charge_detail() | {"refunds": [], "invoice": None, "may_propose": False},
    "refunds/refunds_list.html": lambda: {"refunds": [], "form": RefundFilter({})},
    "refunds/refund_detail.html": own_refund,
}
