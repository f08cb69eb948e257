"""A paid charge of a committed organisation at the simulated Stripe, and two people of finance."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import transaction

from billing.payments.charges import record_charge
from billing.payments.fetching import fetch_charge
from billing.payments.models import ChargeState
from billing.processor.accounts import customer_id
from billing.refunds.models import Refund
from billing.refunds.sending import deliver
from billing.refunds.verbs import RefundRequest, approve, propose
from tenants.guard import Grant
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.billing.peer import Peer
from tests.committed import new_owner
from tests.people import Person, Staff, new_staff

PAID = 9_900
NOTE = "They asked for it."


@dataclass
class Counter:
    """The paid charge, its organisation (which is open), and who proposes and approves."""

    stripe: Peer
    owner: Person
    charge: ChargeState
    first: Staff
    second: Staff

    @property
    def org_id(self) -> UUID:
        return self.owner.organization.id

    def may(self, who: Staff, permission: Permission) -> Grant:
        return who.may(permission, self.org_id)

    def proposed(self, amount: int = 4_900, who: Staff | None = None) -> Refund:
        """Return a new proposal, of the first person where nobody is named."""
        grant = self.may(who or self.first, Permission.REFUNDS_PROPOSE)
        return propose(grant, RefundRequest(self.charge.pk, amount, "requested_by_customer", NOTE))

    def approved(self, amount: int = 4_900) -> Refund:
        """Return a proposal of the first person that the second approved."""
        return approve(self.may(self.second, Permission.REFUNDS_APPROVE), self.proposed(amount).id)

    def send(self, refund: Refund) -> Refund:
        """Deliver what is owed to Stripe, as the outbox does."""
        with transaction.atomic():
            deliver(refund.id, {"refund": str(refund.id)})
        refund.refresh_from_db()
        self.charge.refresh_from_db()
        return refund

    def at_stripe(self) -> list[int]:
        """Return the amounts of the charge's refunds at Stripe."""
        return [each.amount for each in self.stripe.v1.refunds.list({"charge": self.charge.stripe_id}).data]


@pytest.fixture
def counter(stripe: Peer, committed: None) -> Iterator[Counter]:
    owner, name = new_owner(), secrets.token_hex(6)
    people = [new_staff(f"{each}.{name}@tidegate.example", each) for each in ("fiona", "frank")]
    with org_scope(owner.organization.id):
        customer = customer_id()
        method = stripe.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
        asked = {"amount": PAID, "currency": "usd", "customer": customer, "payment_method": method, "confirm": True}
        intent = stripe.v1.payment_intents.create({**asked, "return_url": "https://tidegate.example/"})
        yield Counter(stripe, owner, record_charge(fetch_charge(intent.latest_charge)), *people)
