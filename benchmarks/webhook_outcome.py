"""What a storm of Stripe's events left: what is lost, what happened twice, what of the forged ones is anywhere."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, transaction
from djstripe.models import Event as Mirrored

from audit.events import Event
from audit.models import AuditEvent, OutboxMessage
from benchmarks.webhook_shop import Object
from benchmarks.webhook_storm import FALSE, MARK, MARKED, Ridden
from billing.payments.charges import charge_values
from billing.payments.fetching import fetch_charge, fetch_invoice
from billing.payments.invoices import invoice_values, line_values
from billing.payments.models import ChargeState, InvoiceState
from billing.subscriptions.fetching import look
from billing.subscriptions.models import SubscriptionState
from billing.vault.scope import processor_scope
from billing.webhooks.inbox import State
from billing.webhooks.models import WebhookInbox
from tenants.scope import org_scope

SIGNED = {"live", "other_version"}
"""Kinds of forged events whose signature is right: they are kept in quarantine, and never processed."""
NOTICES = 1
"""Messages that an organisation of `site.customer` owes from the first: that it has a new key."""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"


@dataclass(slots=True)
class Outcome:
    """Numbers of events, but for `differing`: rows that are not as a fresh look at Stripe's object has them."""

    lost: int = 0
    doubled: int = 0
    forged_stored: int = 0
    """Rows anywhere in the database that name a forged event, but for those in quarantine."""
    quarantined: int = 0
    refused: int = 0
    wrongly_answered: int = 0
    tried_again: int = 0
    effects: int = 0
    """Marks, cases of failed payments, disputes and notices of them that there are to be."""
    differing: list[str] = field(default_factory=list)


def count(ridden: Ridden) -> Outcome:
    """Compare the inbox, the record and the projections with what happened at Stripe."""
    outcome = Outcome()
    _answers(ridden, outcome)
    _inbox(ridden, outcome)
    for customer in ridden.shop.customers:
        with org_scope(customer.org_id):
            _effects(ridden, customer.id, outcome)
            outcome.differing += _differing(ridden, customer.id)
    outcome.forged_stored = _rows_naming(FALSE).total() - outcome.quarantined
    return outcome


def _answers(ridden: Ridden, outcome: Outcome) -> None:
    for false, status in ridden.answers:
        refused = false != "" and false not in SIGNED
        outcome.refused += refused and status == 400
        outcome.wrongly_answered += status != (400 if refused else 200)


def _inbox(ridden: Ridden, outcome: Outcome) -> None:
    """Each event is in the inbox once, processed, and once in the mirror."""
    names = {each["id"] for each in ridden.events}
    with processor_scope():
        rows = WebhookInbox.objects.filter(event_id__in=names)
        processed = Counter(rows.filter(state=State.PROCESSED).values_list("event_id", flat=True))
        mirrored = Counter(Mirrored.objects.filter(id__in=names).values_list("id", flat=True))
        outcome.tried_again = rows.filter(attempts__gt=1).count()
        outcome.quarantined = WebhookInbox.objects.filter(event_id__startswith=FALSE, state=State.QUARANTINED).count()
    outcome.lost += len(names - (processed.keys() & mirrored.keys()))
    outcome.doubled += _more_than_once(processed) + _more_than_once(mirrored)


def _effects(ridden: Ridden, customer: str, outcome: Outcome) -> None:
    """The open organisation's record has each mark, each failed payment and each dispute once; each dispute owes its
    members one notice."""
    state = ridden.shop.sandbox.state
    marked = {
        each["id"] for each in ridden.events if each["type"] in MARKED and _is_of(each["data"]["object"], customer)
    }
    owed = [each["id"] for each in state.every("invoice", customer=customer, status="open") if each["attempt_count"]]
    charges = {each["id"] for each in state.every("charge", customer=customer)}
    disputes = [each["id"] for each in state.every("dispute") if each["charge"] in charges]
    expected = {*marked, *(f"invoice/{each}" for each in owed), *(f"dispute:{each}" for each in disputes)}
    named = [MARK.value, Event.RECOVERY_OPENED.value, Event.DISPUTE_OPENED.value]
    found = Counter(AuditEvent.objects.filter(event__in=named).values_list("target", flat=True))
    outcome.lost += len(expected - found.keys())
    outcome.doubled += _more_than_once(found) + len(found.keys() - expected)
    notices = OutboxMessage.objects.count() - NOTICES
    outcome.lost += max(0, len(disputes) - notices)
    outcome.doubled += max(0, notices - len(disputes))
    outcome.effects += len(expected) + len(disputes)


def _is_of(known: Object, customer: str) -> bool:
    return customer in {known["id"], known.get("customer")}


def _more_than_once(found: Counter[str]) -> int:
    return found.total() - len(found)


def _differing(ridden: Ridden, customer: str) -> Iterator[str]:
    """Yield the open organisation's rows that are not what Stripe's object, fetched now, makes of them."""
    state = ridden.shop.sandbox.state
    invoices = {each["id"] for each in state.every("invoice", customer=customer)}
    charges = {each["id"] for each in state.every("charge", customer=customer)}
    yield from invoices ^ set(InvoiceState.objects.values_list("stripe_id", flat=True))
    yield from charges ^ set(ChargeState.objects.values_list("stripe_id", flat=True))
    for row in InvoiceState.objects.all():
        invoice = fetch_invoice(row.stripe_id)
        if _differs(row, invoice_values(invoice)) or _lines_differ(row, invoice):
            yield row.stripe_id
    yield from (
        each.stripe_id
        for each in ChargeState.objects.all()
        if _differs(each, charge_values(fetch_charge(each.stripe_id)))
    )
    for subscription in state.every("subscription", customer=customer):
        if _moves(subscription["id"]):
            yield subscription["id"]


def _lines_differ(row: InvoiceState, invoice: Object) -> bool:
    wanted = {each["id"]: line_values(each) for each in invoice["lines"]["data"]}
    lines = {each.stripe_id: each for each in row.lines.all()}
    return lines.keys() != wanted.keys() or any(_differs(lines[name], values) for name, values in wanted.items())


def _differs(row: Any, values: Object) -> bool:  # noqa: ANN401 (a row of any projection)
    return any(getattr(row, name) != value for name, value in values.items())


def _moves(subscription_id: str) -> bool:
    """Tell whether a fresh look would change the subscription's row, or make one."""
    before = SubscriptionState.objects.filter(stripe_id=subscription_id).values_list("revision", flat=True)
    with transaction.atomic():
        revisions = [*before, look(subscription_id).revision]
        transaction.set_rollback(True)
    return len(revisions) != 2 or len(set(revisions)) != 1


def _rows_naming(text: str) -> Counter[str]:
    """Count the rows of each table in which a text stands, past the walls, as a dump would hold it."""
    found: Counter[str] = Counter()
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE strpos(t::text, %s) > 0", [text])
            found[table] += cursor.fetchone()[0]
        transaction.set_rollback(True, using="owner")
    return found
