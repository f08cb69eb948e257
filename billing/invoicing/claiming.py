"""Taking metered calls onto the lines of a period: each call once, in one statement, however many work at it."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from billing.invoicing.models import BilledPeriod, BilledUsage, UsageLine
from billing.ledger.models import ListPrice, ModelPrice, UsageEvent
from tenants.scope import current_org_id

MOST_LINES = 200
"""On an invoice Stripe takes 250 items; usage of further models waits for the next period."""
_CLAIM = """
    INSERT INTO invoicing_billedusage (id, org_id, event_id, line_id, at)
    SELECT gen_random_uuid(), e.org_id, e.id, l.id, e.at
    FROM ledger_usageevent e
    JOIN invoicing_usageline l ON l.org_id = e.org_id AND l.model = e.model AND l.price_version = e.price_version
    WHERE e.org_id = %s AND l.period_id = %s AND e.id IN ({})
"""


def unbilled(since: datetime, until: datetime) -> "QuerySet[UsageEvent]":
    """Return the metered calls of the open organisation from `since` to before `until` that are on no line.

    A call at a price of the tenant's own is not ours to bill: the tenant pays that provider itself.
    """
    billed = BilledUsage.objects.filter(event_id=OuterRef("pk"))
    price = {"model": OuterRef("model"), "version": OuterRef("price_version")}
    own = ModelPrice.objects.filter(**price, created_at__lte=OuterRef("at"))
    rows: QuerySet[UsageEvent] = UsageEvent.objects.filter(
        ~Exists(billed), ~Exists(own), Exists(ListPrice.objects.filter(**price))
    )
    return rows.filter(at__gte=since, at__lt=until)


def claim(period: BilledPeriod, since: datetime) -> dict[tuple[str, str], UsageLine]:
    """Put what is unbilled from `since` to the period's end on lines of it; returns them by model and price version.

    Late calls, of a time that was billed before, come along. Sums are those of the rows that were claimed.
    """
    found = unbilled(since, period.ends_at).order_by("model", "price_version")
    keys = found.values_list("model", "price_version").distinct()[:MOST_LINES]
    wanted, values = found.order_by().values("id").query.sql_with_params()
    lines = [UsageLine(period=period, model=model, price_version=version) for model, version in keys]
    for line in lines:
        line.usage_key = f"usage_{line.id.hex}"
    UsageLine.objects.bulk_create(lines)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(wanted), [current_org_id(), period.id, *values])
    sums = _sums(period.id)
    for line in lines:
        line.calls, line.tokens_in, line.tokens_out, line.nanos = sums.get(line.id, (0, 0, 0, 0))
    return {(line.model, line.price_version): line for line in lines}


def _sums(period_id: UUID) -> dict[UUID, tuple[int, int, int, int]]:
    """Return calls, tokens in and out, and nanos of each line of a period, by its claimed rows."""
    rows = BilledUsage.objects.filter(line__period_id=period_id).values_list("line_id").order_by("line_id")
    summed = rows.annotate(Count("id"), Sum("event__tokens_in"), Sum("event__tokens_out"), Sum("event__nanos"))
    return {line: (calls, int(read), int(written), int(nanos)) for line, calls, read, written, nanos in summed}


def decisions_of(period: BilledPeriod) -> int:
    """Return how many decisions the claimed calls of a period were made for."""
    calls = BilledUsage.objects.filter(line__period_id=period.id)
    return int(calls.aggregate(found=Count("event__decision_id", distinct=True))["found"])
