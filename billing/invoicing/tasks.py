"""The nightly look at the books: invoices as Stripe has them now, then every organisation's comparison."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from billing.invoicing.books import check
from billing.invoicing.models import BilledPeriod
from billing.payments.fetching import fetch_invoice
from billing.payments.invoices import record_invoice
from billing.payments.models import InvoiceState
from tenants.operations import organization_ids
from tenants.tasks import OrgTask

RECENT = timedelta(days=45)
"""Older invoices are closed for long; their rows do not change any more."""


@shared_task
def check_books() -> int:
    """Have every organisation's books compared; returns how many there are."""
    every = organization_ids()
    for org_id in every:
        check_organization.apply_async((str(org_id),), retry=False)
    return len(every)


@shared_task(base=OrgTask)
def check_organization(org_id: str) -> int:
    """Fetch recent invoices with usage again, so that a lost event is no difference, and compare; returns how many."""
    if not BilledPeriod.objects.exists():
        return 0
    for invoice_id in _recent():
        record_invoice(fetch_invoice(invoice_id))
    return len(check().differences)


def _recent() -> set[str]:
    since = timezone.now() - RECENT
    billed = BilledPeriod.objects.filter(created_at__gte=since).exclude(invoice_id="")
    carrying = InvoiceState.objects.filter(created_at__gte=since).exclude(lines__usage_key="")
    return {*billed.values_list("invoice_id", flat=True), *carrying.values_list("stripe_id", flat=True)}
