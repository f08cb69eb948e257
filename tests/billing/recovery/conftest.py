"""Acme at the simulated Stripe: cards by name, invoices that are charged, the events of what happened there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing.entitlements.limits import Limits
from billing.entitlements.verbs import assign
from billing.processor.accounts import customer_id
from billing.processor.client import client
from billing.recovery.engine import advance
from billing.recovery.models import RecoveryAttempt, RecoveryCase
from tenants.models import Organization
from tenants.scope import org_scope
from tests.billing.peer import Peer
from tests.billing.sandbox.shop import Shop
from tests.committed import new_owner
from tests.people import Person

LIMITS = Limits(
    requests=None, tokens=None, spend_nanos=None, seats=None, models=None, retention_days=30, requests_per_minute=600
)
AMOUNT = 4_900


@dataclass
class Acme:
    """An organisation with a plan, its owner, and its customer at `stripe`."""

    stripe: Peer
    owner: Person
    customer: str

    def card(self, token: str, usual: bool = True) -> str:
        """Store a card; return its payment method."""
        method = self.stripe.v1.payment_methods.attach(token, {"customer": self.customer}).id
        if usual:
            settings = {"default_payment_method": method}
            self.stripe.v1.customers.update(self.customer, {"invoice_settings": settings})
        return str(method)

    def declines(self, *codes: str) -> None:
        """Let the next charges be declined so."""
        for code in codes:
            self.stripe.simulate("decline", customer=self.customer, code=code)

    def charge(self) -> str:
        """Bill `AMOUNT` and have Stripe collect it, as it does with a renewal; return the invoice's id."""
        v1 = self.stripe.v1
        v1.invoice_items.create({"customer": self.customer, "amount": AMOUNT, "currency": "usd"})
        made = v1.invoices.create({"customer": self.customer, "pending_invoice_items_behavior": "include"})
        return str(v1.invoices.finalize_invoice(made.id, {"auto_advance": True}).id)

    def invoice(self, invoice: str) -> Any:  # noqa: ANN401 (an object of the SDK)
        return self.stripe.v1.invoices.retrieve(invoice)

    def charges(self) -> list[Any]:
        """Return what was tried at Stripe, oldest first."""
        return list(self.stripe.v1.charges.list({"customer": self.customer, "limit": 100}).data)[::-1]

    def pays_on(self, page: str, token: str) -> str:
        """Pay on Stripe's page of an invoice, as a person does; return where that leads, the bank's page if it asks."""
        status, address, _ = Shop(self.stripe.sandbox, client()).click(page, card=token)
        assert status == 303
        return address

    def is_refused_on(self, page: str, token: str) -> None:
        """Try to pay on Stripe's page of an invoice by a card that is declined."""
        status, _, _ = Shop(self.stripe.sandbox, client()).click(page, card=token)
        assert status == 402

    def confirms(self, page: str, outcome: str = "pass") -> None:
        """Answer the bank's question."""
        Shop(self.stripe.sandbox, client()).click(page, outcome=outcome)

    def hears(self) -> None:
        """Let everything that Stripe has to tell arrive."""
        self.stripe.deliver()

    def case(self) -> RecoveryCase:
        """Return the only case."""
        found: RecoveryCase = RecoveryCase.objects.get()
        return found

    def works(self, until: datetime | None = None) -> RecoveryCase:
        """Let the sweep work on the case until nothing is due at that time (now), and events arrive in between."""
        now = until or timezone.now()
        while advance(self.case().id, now):
            self.hears()
        return self.case()

    def waits_for_the_next_try(self) -> RecoveryCase:
        """Move both clocks to the next planned try, and let it be made."""
        due = self.case().next_try
        assert due is not None
        self.stripe.advance((due - timezone.now()) / timedelta(seconds=1))
        return self.works(due + timedelta(seconds=1))

    def tries(self) -> list[tuple[str, str]]:
        """Return what kind each try was and how it ended."""
        return [(each.kind, each.state) for each in RecoveryAttempt.objects.order_by("number")]

    def standing(self) -> str:
        found: Organization = Organization.objects.get()
        return found.standing


@pytest.fixture
def acme(committed: None, stripe: Peer) -> Iterator[Acme]:
    owner = new_owner()
    with org_scope(owner.organization.id):
        assign("team", 1, LIMITS)
        yield Acme(stripe, owner, customer_id())
