"""Pages and webhooks take an organisation's rows in one order: neither is ever the victim of the other."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from billing.catalogue.models import Interval
from billing.catalogue.plans import plan
from billing.catalogue.stripe_prices import price_id, sync
from billing.processor.accounts import customer_id
from billing.processor.client import as_json, client
from billing.subscriptions.fetching import see
from billing.subscriptions.models import SubscriptionState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.billing.peer import Peer
from tests.committed import new_owner
from tests.people import Person
from tests.platform.running import eventually

MOST_WAITED = 10
_WAITING = "SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted"


@pytest.fixture
def subscription(stripe: Peer, committed: None) -> tuple[Person, dict[str, Any]]:
    """A committed organisation, and its subscription as it was fetched; the row of it is there."""
    owner = new_owner()
    sync(client())
    with org_scope(owner.organization.id), transaction.atomic():
        customer = customer_id()
        stripe.v1.customers.update(customer, {"payment_method": "pm_card_visa"})
        method = stripe.v1.payment_methods.list({"customer": customer}).data[0].id
        items = [{"price": price_id(client(), plan("team"), Interval.MONTH)}]
        wanted = {"customer": customer, "items": items, "default_payment_method": method}
        made: dict[str, Any] = as_json(stripe.v1.subscriptions.create(wanted))
        see(made)
    return owner, made


def _waits(pid: int) -> bool:
    """Tell whether a connection waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [pid])
        return bool(cursor.fetchone()[0])


def test_a_page_and_a_webhook_at_once_do_not_deadlock(subscription: tuple[Person, dict[str, Any]]) -> None:
    owner, made = subscription
    pids: list[int] = []

    def webhook() -> str:
        try:
            with org_scope(owner.organization.id), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
                return str(see(made).status)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads, org_scope(owner.organization.id):
        with transaction.atomic():
            Organization.objects.select_for_update(no_key=True).get()  # as a page does first
            other = threads.submit(webhook)
            eventually(lambda: bool(pids) and _waits(pids[0]))
            see(made)
        assert other.result(MOST_WAITED) == "active"
        assert SubscriptionState.objects.count() == 1
