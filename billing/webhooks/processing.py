"""One event: found whose it is, mirrored, and given to our handlers, in the caller's transaction."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from djstripe.models import Event as Mirrored

from audit.events import Event
from audit.record import record_event
from billing.processor.accounts import ORGANIZATION, STRIPE, org_of_customer
from billing.webhooks.objects import customer_of, fresh
from billing.webhooks.registry import StripeEvent, handlers_of
from tenants.scope import org_scope

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class Unassigned(Exception):
    """The event is of a customer that is no organisation's, at least not yet."""


def process(event: dict[str, Any]) -> UUID | None:
    """Do what an event is there for; returns whose it was. In the processor's scope and a transaction.

    Raises `Unassigned`, whatever a handler raises, and what the SDK raises.
    """
    known = event["data"]["object"]
    customer = customer_of(known, event["data"].get("previous_attributes"))
    lock(customer or str(known.get("id") or event["id"]))
    org_id = org_of_customer(customer) if customer else None
    if customer and org_id is None:
        raise Unassigned("no organisation has this customer")
    Mirrored.process(event, api_key=settings.STRIPE_SECRET_KEY)
    if org_id:
        _handle(event, org_id, known)
    return org_id


def lock(of: str) -> None:
    """Have one at a time follow what Stripe says of a customer, or of an object without one, until the transaction
    ends: two would else fetch in one order and store in the other."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [of])


def _handle(event: dict[str, Any], org_id: UUID, known: dict[str, Any]) -> None:
    handlers = handlers_of(event["type"])
    with org_scope(org_id):
        if known.get("object") == "customer":
            _notice_rebinding(known, org_id)
        if not handlers:
            return
        happened = datetime.fromtimestamp(event["created"], UTC)
        told = StripeEvent(event["id"], event["type"], happened, org_id, fresh(known))
        for handler in handlers:
            handler(told)


def _notice_rebinding(customer: dict[str, Any], org_id: UUID) -> None:
    """Record that somebody at Stripe wrote another organisation's name on a customer; it stays whose it was."""
    named = (customer.get("metadata") or {}).get(ORGANIZATION)
    if named is not None and named != str(org_id):
        record_event(Event.CUSTOMER_RELABELLED, STRIPE, f"organization/{org_id}", named=str(named)[:80])
