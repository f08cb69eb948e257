"""What came in, what failed, what was disputed and what went back: by month, over every tenant, in one currency.

A charge, and what becomes of it, counts in the month in which it was made; revenue in the month in which an invoice was
paid. Months are those of UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from billing.payments.models import ChargeState, InvoiceState
from tenants.desk import across

MONTHS = 12
CURRENCY = "usd"


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which share of disputed charges a network watches a merchant, in per cent; by count, never by volume."""

    percent: float
    name: str
    least: int
    """Disputes a month below which it does not apply."""
    source: str


THRESHOLDS = (
    Threshold(1.5, "Visa VAMP, excessive", 1_500, "support.checkout.com, thresholds of VAMP from 1 April 2026"),
    Threshold(1.5, "Mastercard ECM", 100, "merchantgreat.com, Mastercard ECM vs Visa VAMP"),
)
"""As third parties print them. Visa counts fraud reports beside disputes, which a processor does not tell us."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month. Amounts are cents of `CURRENCY`."""

    begins: datetime
    revenue_cents: int = 0
    paid: int = 0
    """Invoices that were paid."""
    failed: int = 0
    """Invoices drawn up of which a payment failed at least once."""
    recovered: int = 0
    """Those of them that were paid in the end."""
    charges: int = 0
    charged_cents: int = 0
    disputed: int = 0
    disputed_cents: int = 0
    refunds: int = 0
    """Charges of which something was refunded."""
    refunded_cents: int = 0

    @property
    def recovery_rate(self) -> float | None:
        """Return the share of failed invoices that were paid in the end; nothing where none failed."""
        return self.recovered / self.failed if self.failed else None

    @property
    def dispute_rate(self) -> float | None:
        """Return the share of charges that were disputed, by count."""
        return self.disputed / self.charges if self.charges else None

    @property
    def dispute_volume(self) -> float | None:
        """Return the share of what was charged that was disputed."""
        return self.disputed_cents / self.charged_cents if self.charged_cents else None


def months(now: datetime, count: int = MONTHS) -> list[Month]:
    """Return the last `count` months, oldest first; the last one is under way."""
    begins = list(_begins(now, count))
    found: dict[datetime, dict[str, Any]] = {each: {} for each in begins}
    for rows in (_paid(begins[0]), _failed(begins[0]), _charges(begins[0])):
        for row in rows:
            month = row.pop("month")
            if month in found:
                found[month] |= {name: int(value or 0) for name, value in row.items()}
    return [Month(each, **values) for each, values in found.items()]


def _begins(now: datetime, count: int) -> Iterable[datetime]:
    last = now.year * 12 + now.month - 1
    for number in range(last - count + 1, last + 1):
        yield datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _by_month(rows: "QuerySet[Any]", column: str) -> Any:  # noqa: ANN401 (a query whose rows are dicts)
    return rows.order_by().annotate(month=TruncMonth(column, tzinfo=UTC)).values("month")


def _paid(since: datetime) -> list[dict[str, Any]]:
    rows = across(InvoiceState).filter(status=InvoiceState.Status.PAID, currency=CURRENCY, paid_at__gte=since)
    return list(_by_month(rows, "paid_at").annotate(revenue_cents=Sum("paid_cents"), paid=Count("id")))


def _failed(since: datetime) -> list[dict[str, Any]]:
    tries = across(ChargeState).filter(
        org_id=OuterRef("org_id"), invoice_id=OuterRef("stripe_id"), status=ChargeState.Status.FAILED
    )
    rows = across(InvoiceState).filter(Exists(tries), currency=CURRENCY, created_at__gte=since)
    paid = Q(status=InvoiceState.Status.PAID)
    return list(_by_month(rows, "created_at").annotate(failed=Count("id"), recovered=Count("id", filter=paid)))


def _charges(since: datetime) -> list[dict[str, Any]]:
    paid = Q(status=ChargeState.Status.SUCCEEDED)
    rows = across(ChargeState).filter(paid, currency=CURRENCY, created_at__gte=since)
    counted = _by_month(rows, "created_at").annotate(
        charges=Count("id"),
        charged_cents=Sum("amount_cents"),
        disputed_cents=Sum("amount_cents", filter=Q(disputed=True)),
        disputed=Count("id", filter=Q(disputed=True)),  # after what filters by the column of that name
        refunds=Count("id", filter=Q(refunded_cents__gt=0)),
        refunded_cents=Sum("refunded_cents"),
    )
    return list(counted)
