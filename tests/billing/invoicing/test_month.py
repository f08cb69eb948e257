"""Months of usage, with kills between the steps: decisions, metered calls and invoices agree to the cent."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from audit.models import Decision
from billing.invoicing.books import differences
from billing.invoicing.models import BilledPeriod, BilledUsage
from billing.invoicing.rounding import NANOS_PER_CENT
from billing.payments.fetching import fetch_invoice
from billing.payments.invoices import record_invoice
from billing.payments.models import InvoiceLine
from tenants.scope import org_scope
from tests.billing.invoicing.shop import Subscriber, place_all, subscriber
from tests.billing.peer import Peer
from tests.committed import new_owner
from tests.people import Person
from tests.server import databases

PLAN_CENTS, INCLUDED = 9_900, 2_500


@pytest.fixture
def acme(committed: None) -> Iterator[Person]:
    owner = new_owner()
    with org_scope(owner.organization.id):
        yield owner


@pytest.fixture
def team(stripe: Peer, acme: Person) -> Subscriber:
    return subscriber(stripe)


def _killed_while_placing(stripe: Peer, period: BilledPeriod, after: int) -> None:
    """Lead a period to Stripe in a process that is killed when Stripe has answered so many of its writes."""
    command = [sys.executable, "-m", "tests.billing.invoicing.doomed", str(period.org_id), str(period.id), str(after)]
    own = {"STRIPE_API_HOST": stripe.sandbox.url, "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY}
    done = subprocess.run(command, env=os.environ | databases() | own, cwd=Path(settings.BASE_DIR), check=False)
    assert done.returncode == -signal.SIGKILL


def _billed_nanos() -> int:
    return int(BilledUsage.objects.aggregate(sum_=Sum("event__nanos"))["sum_"] or 0)


def test_a_month_with_kills_is_billed_once_and_to_the_cent(stripe: Peer, team: Subscriber) -> None:
    used = team.use(seed=7, calls=150)
    draft = team.renew()
    with transaction.atomic():
        team.bill(draft)
        transaction.set_rollback(True)  # killed before the claim was committed: nothing is claimed
    assert not BilledUsage.objects.exists()
    period = team.bill(draft)
    for after in (1, 1, 2):
        _killed_while_placing(stripe, period, after)
    place_all()
    invoice = team.close(draft)

    assert (invoice.status, invoice.total_cents) == ("paid", PLAN_CENTS + period.cents - INCLUDED)
    lines = InvoiceLine.objects.exclude(usage_key="")
    assert sum(lines.values_list("amount_cents", flat=True)) == period.cents - INCLUDED
    assert lines.count() == len(stripe.v1.invoice_items.list({"invoice": draft["id"]}).data) == 4
    assert used == _billed_nanos() == period.cents * NANOS_PER_CENT + period.carry_out_nanos
    assert period.decisions == Decision.objects.filter(permission="guard:check").count() == 150
    assert list(differences()) == []


def test_over_three_months_what_is_below_a_cent_is_billed_in_the_end(team: Subscriber) -> None:
    used = billed = 0
    for month in range(3):
        used += team.use(seed=month, calls=11)
        draft = team.renew()
        team.bill(draft)
        place_all()
        billed += team.close(draft).total_cents - PLAN_CENTS
    last = BilledPeriod.objects.latest("number")
    included = sum(BilledPeriod.objects.values_list("included_cents", flat=True))
    assert used == (billed + included) * NANOS_PER_CENT + last.carry_out_nanos
    assert list(differences()) == []


def test_lines_that_come_too_late_for_their_invoice_are_on_the_next_one(team: Subscriber) -> None:
    team.use(seed=3, calls=5)
    draft = team.renew()
    period = team.bill(draft)
    closed = team.close(draft)
    assert closed.total_cents == PLAN_CENTS
    place_all()
    second = team.renew()
    team.bill(second)
    place_all()
    team.close(second)
    keys = set(period.lines.exclude(cents=0).values_list("usage_key", flat=True))
    assert keys <= set(InvoiceLine.objects.filter(invoice__stripe_id=second["id"]).values_list("usage_key", flat=True))
    assert list(differences()) == []


def test_an_answer_that_is_lost_makes_no_second_line(stripe: Peer, team: Subscriber) -> None:
    team.use(seed=4, calls=5)
    draft = team.renew()
    team.bill(draft)
    stripe.sandbox.chaos.set({"lose": 2})
    place_all()
    items = stripe.v1.invoice_items.list({"invoice": draft["id"]}).data
    assert len(items) == len({item.metadata["usage_key"] for item in items})
    team.close(draft)
    assert list(differences()) == []


def test_usage_until_the_end_of_a_subscription_has_an_invoice_of_its_own(stripe: Peer, team: Subscriber) -> None:
    used = team.use(seed=5, calls=60)
    subscription = team.object()
    middle = subscription["items"]["data"][0]["current_period_end"] - 60
    stripe.advance(middle - stripe.sandbox.state.now())
    stripe.v1.subscriptions.cancel(team.id)
    last = team.last_period()
    place_all()
    last.refresh_from_db()
    invoice = record_invoice(fetch_invoice(last.invoice_id))
    assert (invoice.status, invoice.total_cents) == ("paid", last.cents - last.included_cents)
    assert used >= _billed_nanos() > 0
    assert list(differences()) == []
