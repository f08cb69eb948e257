"""Periods of every organisation beside what their invoices say, for the desk's list."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max

from billing.invoicing.models import BilledPeriod, BooksCheck, UsageLine
from billing.payments.models import InvoiceLine, InvoiceState
from tenants.desk import across


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A period with what its invoice should say, what it says, and what the last nightly check found."""

    period: BilledPeriod
    expected: int
    invoiced: int
    checked: BooksCheck | None

    @property
    def difference(self) -> int:
        """Return the cents that the invoice says too much, or (negative) too little."""
        return self.invoiced - self.expected

    @property
    def on_its_way(self) -> bool:
        """Tell whether its lines are not all at Stripe yet."""
        return self.period.placed_at is None


def reconciled(periods: Sequence[BilledPeriod]) -> list[Reconciled]:
    """Return periods of any organisations with what their invoices say; for the desk."""
    lines = across(UsageLine).filter(period_id__in=[period.id for period in periods]).order_by()
    owner = dict(lines.values_list("usage_key", "period_id"))
    rows = across(InvoiceLine).filter(usage_key__in=owner).exclude(invoice__status=InvoiceState.Status.VOID)
    invoiced: dict[UUID, int] = {}
    for key, cents in rows.values_list("usage_key", "amount_cents"):
        invoiced[owner[key]] = invoiced.get(owner[key], 0) + cents
    checks = _latest_checks({period.org_id for period in periods})
    return [
        Reconciled(each, each.cents - each.included_cents, invoiced.get(each.id, 0), checks.get(each.org_id))
        for each in periods
    ]


def _latest_checks(org_ids: set[UUID]) -> dict[UUID, BooksCheck]:
    rows = across(BooksCheck).filter(org_id__in=org_ids).order_by()
    newest = rows.values_list("org_id").annotate(latest=Max("checked_at"))
    every = across(BooksCheck).filter(checked_at__in=[latest for _, latest in newest], org_id__in=org_ids)
    return {check.org_id: check for check in every}
