"""The open organisation's rows as facts, those written up to a moment; each list is bounded."""

import hashlib
from datetime import datetime

from accounts.models import ApiKey, SentNotice
from accounts.notices import TOPIC, Notice
from audit.events import Event
from audit.models import AuditEvent, OutboxMessage
from billing.evidence.facts import Account, Charge, Checkout, Invoice, Key, Line, Mail, Person, Visit
from billing.payments.models import ChargeState, InvoiceLine, InvoiceState
from billing.subscriptions.models import CheckoutVisit
from tenants.models import Membership, Organization
from tenants.principal import PrincipalKind

MOST = 2_000
"""Rows of one kind, the newest."""
MOST_LINES = 100
"""Lines of one invoice."""


def account(as_of: datetime) -> Account:
    organization = Organization.objects.get()
    members = Membership.objects.select_related("user").filter(created_at__lte=as_of).order_by("created_at", "id")
    people = tuple(
        Person(str(one.user_id), one.user.name, one.user.email, one.role, one.created_at) for one in members[:MOST]
    )
    return Account(str(organization.id), organization.name, organization.created_at, people)


def keys(as_of: datetime) -> tuple[Key, ...]:
    found = ApiKey.objects.filter(created_at__lte=as_of).order_by("created_at", "id")[:MOST]
    return tuple(Key(str(key.id), key.name, key.created_at) for key in found)


def visits(since: datetime, as_of: datetime, of: Account) -> tuple[Visit, ...]:
    """Return what the account's people did in the portal of which an address is known, newest first."""
    sentences = {event.value: event.sentence for event in Event}
    found = AuditEvent.objects.filter(
        created_at__gte=since,
        created_at__lte=as_of,
        actor_kind=PrincipalKind.PERSON.value,
        address__isnull=False,
        actor_id__in=[person.id for person in of.people],
    )
    names = ("created_at", "actor_id", "event", "address")
    return tuple(
        Visit(at, person, sentences.get(event, event), address)
        for at, person, event, address in found.order_by("-created_at", "-id").values_list(*names)[:MOST]
    )


def mails(since: datetime, as_of: datetime) -> tuple[Mail, ...]:
    """Return the notices that this organisation's outbox owed: a person's other organisations tell theirs apart."""
    owed = OutboxMessage.objects.filter(topic=TOPIC, created_at__lte=as_of).values("id")
    sent = SentNotice.objects.filter(id__in=owed, sent_at__gte=since, sent_at__lte=as_of).order_by("-sent_at", "id")
    kinds = {notice.value: notice.sentence for notice in Notice}
    return tuple(Mail(one.sent_at, kinds.get(one.kind, one.kind), one.email) for one in sent[:MOST])


def charges(as_of: datetime) -> tuple[Charge, ...]:
    found = ChargeState.objects.filter(created_at__lte=as_of).order_by("created_at", "id")[:MOST]
    return tuple(map(_charge, found))


def _charge(row: ChargeState) -> Charge:
    eci = f", ECI {row.three_d_secure_eci}" if row.three_d_secure_eci else ""
    return Charge(
        id=row.stripe_id,
        invoice=row.invoice_id,
        status=row.status,
        at=row.captured_at or row.created_at,
        amount_cents=row.amount_cents,
        refunded_cents=row.refunded_cents,
        currency=row.currency,
        card_brand=row.card_brand,
        card_last4=row.card_last4,
        fingerprint=row.card_fingerprint_hash,
        network=row.network or row.card_brand,
        three_d_secure=f"{row.three_d_secure.replace('_', ' ')}{eci}" if row.three_d_secure else "",
        disputed=row.disputed,
        description=row.description,
    )


def invoices(as_of: datetime) -> tuple[Invoice, ...]:
    found = InvoiceState.objects.filter(created_at__lte=as_of).exclude(status=InvoiceState.Status.DRAFT)
    return tuple(map(_invoice, found.order_by("created_at", "id").prefetch_related("lines")[:MOST]))


def _invoice(row: InvoiceState) -> Invoice:
    return Invoice(
        id=row.stripe_id,
        number=row.number or row.stripe_id,
        status=row.status,
        currency=row.currency,
        charge=row.charge_id,
        total_cents=row.total_cents,
        paid_cents=row.paid_cents,
        period_start=row.period_start,
        period_end=row.period_end,
        paid_at=row.paid_at,
        lines=tuple(_line(line) for line in list(row.lines.all())[:MOST_LINES]),
    )


def _line(row: InvoiceLine) -> Line:
    return Line(row.description, row.amount_cents, row.quantity, row.period_start, row.period_end)


def checkouts(as_of: datetime) -> tuple[Checkout, ...]:
    """Return when somebody of the account went to pay, and which terms they accepted with it, oldest first."""
    visits = CheckoutVisit.objects.filter(at__lte=as_of).order_by("at", "id")[:MOST]
    return tuple(
        Checkout(
            at=visit.at,
            address=visit.address or "",
            device_hash=_fingerprint(visit),
            email=visit.email,
            terms_version=visit.terms_version,
            cancellation_version=visit.cancellation_version,
            refunds_version=visit.refunds_version,
        )
        for visit in visits
    )


def _fingerprint(visit: CheckoutVisit) -> str:
    """Return a hash of the browser's mark with its family and system; "" where one of them is not known."""
    known = visit.device_hash and visit.browser
    return hashlib.sha256(f"{visit.device_hash}|{visit.browser}".encode()).hexdigest() if known else ""
