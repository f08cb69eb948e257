"""Months over every tenant: what came in, failed, was disputed and went back; on a page and as a file."""

import csv
import secrets
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from billing.payments.models import ChargeState, InvoiceState
from billing.reports.monthly import Month, months
from billing.reports.views import COLUMNS
from tenants.scope import org_scope
from tests.committed import new_owner
from tests.people import new_staff

AT = datetime(2031, 5, 20, 12, tzinfo=UTC)
"""A month in which no other test has payments."""


def _invoice(status: str, cents: int, at: datetime) -> InvoiceState:
    paid = cents if status == "paid" else 0
    times = {"created_at": at, "period_start": at, "period_end": at, "paid_at": at if paid else None}
    amounts = {"total_cents": cents, "due_cents": cents, "paid_cents": paid, "currency": "usd"}
    known = {"stripe_id": f"in_{secrets.token_hex(6)}", "attempt_count": 1, "auto_advance": False}
    return InvoiceState.objects.create(status=status, **amounts, **times, **known)  # type: ignore[no-any-return]


def _charge(status: str, cents: int, invoice: InvoiceState | None = None, **known: Any) -> None:  # noqa: ANN401
    said = {"refunded_cents": 0, "disputed": False, "currency": "usd", "created_at": AT} | known
    of = invoice.stripe_id if invoice else ""
    ChargeState.objects.create(
        stripe_id=f"ch_{secrets.token_hex(6)}", status=status, amount_cents=cents, invoice_id=of, **said
    )


@pytest.fixture
def may_2031(committed: None) -> Month:
    for _ in range(2):  # two tenants: the report is over all of them
        with org_scope(new_owner().organization.id):
            recovered, lost = _invoice("paid", 10_000, AT), _invoice("open", 5_000, AT)
            _charge("failed", 10_000, recovered)
            _charge("succeeded", 10_000, recovered, refunded_cents=1_000)
            _charge("failed", 5_000, lost)
            _charge("succeeded", 30_000, disputed=True)
            _charge("succeeded", 999, currency="eur")
    found = months(AT)
    assert [each.begins.month for each in found] == [6, 7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5]
    return found[-1]


def test_a_month_adds_up_over_all_tenants(may_2031: Month) -> None:
    first = may_2031.paid // 2  # the fixture may have run for another test before
    assert (may_2031.revenue_cents, may_2031.failed, may_2031.recovered) == (20_000 * first, 4 * first, 2 * first)
    assert (may_2031.charges, may_2031.charged_cents) == (4 * first, 80_000 * first)
    assert (may_2031.disputed, may_2031.disputed_cents) == (2 * first, 60_000 * first)
    assert (may_2031.refunds, may_2031.refunded_cents) == (2 * first, 2_000 * first)
    assert (may_2031.recovery_rate, may_2031.dispute_rate, may_2031.dispute_volume) == (0.5, 0.5, 0.75)


def test_a_month_without_anything_has_no_rates() -> None:
    month = Month(AT)
    assert (month.recovery_rate, month.dispute_rate, month.dispute_volume) == (None, None, None)


def test_the_page_shows_where_networks_begin_to_watch(committed: None) -> None:
    page = new_staff(f"{secrets.token_hex(4)}@tidegate.example", "Fiona").browser().get("/desk/reports/")
    assert page.status_code == 200
    assert "Visa VAMP" in page.content.decode()
    assert "chart-mark" in page.content.decode()


def test_the_file_holds_whole_numbers_only(committed: None) -> None:
    client = new_staff(f"{secrets.token_hex(4)}@tidegate.example", "Fiona").browser()
    answer = client.get("/desk/reports/export")
    rows = list(csv.reader(answer.content.decode().splitlines()))
    assert rows[0] == ["month", "currency", *COLUMNS]
    assert rows[-1][0] == f"{timezone.now():%Y-%m}"
    assert all(value.isdigit() for row in rows[1:] for value in row[2:])
    assert "attachment" in answer.headers["Content-Disposition"]
