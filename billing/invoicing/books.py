"""Whether what was metered, what was billed and what stands on Stripe's invoices is the same money.

`verify` goes all the way for one period: from its calls and their decisions over its lines to those of the invoice.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from audit.models import Decision
from billing.invoicing.claiming import decisions_of
from billing.invoicing.models import BilledPeriod, BilledUsage, BooksCheck, UsageLine
from billing.invoicing.rounding import rounded
from billing.payments.models import InvoiceLine, InvoiceState
from tenants.scope import current_org_id, one_moment

PATIENCE = timedelta(days=2)
"""How long a line may be on its way: a draft stays open for an hour, and a message is tried again for a day."""
DECISIONS_KEPT = timedelta(days=30)
"""The shortest time that a plan keeps decisions; of older calls it is not asked whether theirs is there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not agree, in a sentence; and the rows to look at: a period, and a line of it where there is one."""

    sentence: str
    period: UUID | None = None
    line: UUID | None = None

    def as_json(self) -> dict[str, str]:
        """Return what is stored."""
        return {name: str(value) for name, value in asdict(self).items() if value}


def differences() -> Iterator[Difference]:
    """Yield what does not agree in the open organisation; in a transaction that sees `one_moment`."""
    for period in BilledPeriod.objects.order_by("number"):
        yield from verify(period)
    yield from _strangers()


def check() -> BooksCheck:
    """Compare everything in the open organisation and keep what was found."""
    with one_moment(current_org_id()):
        found = [each.as_json() for each in differences()]
        return BooksCheck.objects.create(periods=BilledPeriod.objects.count(), differences=found)  # type: ignore[no-any-return]  # as elsewhere


def verify(period: BilledPeriod) -> Iterator[Difference]:
    """Yield what does not agree about one period."""
    lines = list(period.lines.all())
    usage = [line for line in lines if line.model]
    yield from _calls_and_lines(period, usage)
    yield from _lines_and_period(period, usage)
    yield from _without_decision(period)
    if period.placed_at or timezone.now() - period.created_at > PATIENCE:
        yield from _lines_and_invoices(period, [line for line in lines if line.cents])


def _calls_and_lines(period: BilledPeriod, lines: list[UsageLine]) -> Iterator[Difference]:
    rows = BilledUsage.objects.filter(line__period_id=period.id).values_list("line_id").order_by("line_id")
    found = {line: (calls, int(nanos)) for line, calls, nanos in rows.annotate(Count("id"), Sum("event__nanos"))}
    for line in lines:
        calls, nanos = found.get(line.id, (0, 0))
        if (calls + line.expired_calls, nanos + line.expired_nanos) != (line.calls, line.nanos):
            text = f"{line} says {line.calls} calls, {line.nanos} nanos; its calls are {calls}, {nanos} nanos."
            if line.expired_calls:
                text += f" {line.expired_calls} calls, {line.expired_nanos} nanos, are past the retention."
            yield Difference(text, period.id, line.id)


def _lines_and_period(period: BilledPeriod, lines: list[UsageLine]) -> Iterator[Difference]:
    expected = rounded({(line.model, line.price_version): line.nanos for line in lines}, period.carry_in_nanos)
    for line in lines:
        cents = expected.cents[line.model, line.price_version]
        if cents != line.cents:
            yield Difference(f"{line} says {line.cents} cents; by the rule it is {cents}.", period.id, line.id)
    expired = any(line.expired_calls for line in lines)
    # Once some of its calls have ended, nobody can count their decisions any more.
    decisions = period.decisions if expired else decisions_of(period)
    sums = (decisions, sum(line.nanos for line in lines), sum(expected.cents.values()), expected.carried)
    if sums != (period.decisions, period.usage_nanos, period.cents, period.carry_out_nanos):
        yield Difference(f"The period {period} is not the sum of its lines.", period.id)
    former = BilledPeriod.objects.filter(number=period.number - 1).first()
    if period.carry_in_nanos != (former.carry_out_nanos if former else 0):
        yield Difference(f"The period {period} took on another remainder than the one before left.", period.id)


def _without_decision(period: BilledPeriod) -> Iterator[Difference]:
    known = Decision.objects.filter(id=OuterRef("event__decision_id"))
    recent = BilledUsage.objects.filter(line__period_id=period.id, event__at__gte=timezone.now() - DECISIONS_KEPT)
    missing: QuerySet[Any, Any] = recent.filter(~Exists(known)).values_list("line_id").order_by("line_id")
    for line_id, calls in missing.annotate(Count("id")):
        yield Difference(f"{calls} calls were metered without a decision.", period.id, line_id)


def _lines_and_invoices(period: BilledPeriod, lines: list[UsageLine]) -> Iterator[Difference]:
    keys = [line.usage_key for line in lines]
    there: dict[str, list[InvoiceLine]] = {key: [] for key in keys}
    rows = InvoiceLine.objects.filter(usage_key__in=keys).exclude(invoice__status=InvoiceState.Status.VOID)
    for row in rows.select_related("invoice"):
        there[row.usage_key].append(row)
    for line in lines:
        if text := _wrong(line, there[line.usage_key]):
            yield Difference(text, period.id, line.id)


def _wrong(line: UsageLine, there: list[InvoiceLine]) -> str:
    """Return what is wrong with a line's place on invoices; "" for nothing."""
    if not there:
        return f"{line} of {line.cents} cents is on no invoice."
    if len(there) > 1:
        return f"{line} is on {len(there)} lines of invoices."
    if there[0].amount_cents != line.cents:
        return f"{line} of {line.cents} cents stands on invoice {there[0].invoice} with {there[0].amount_cents}."
    return ""


def _strangers() -> Iterator[Difference]:
    """Yield lines of invoices that bill usage of which we know nothing."""
    ours = UsageLine.objects.filter(usage_key=OuterRef("usage_key"))
    for row in InvoiceLine.objects.exclude(usage_key="").filter(~Exists(ours)).select_related("invoice"):
        yield Difference(
            f"Invoice {row.invoice} bills {row.amount_cents} cents of usage that nothing here accounts for."
        )
