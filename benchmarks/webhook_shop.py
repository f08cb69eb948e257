"""Customers of the simulated Stripe who subscribe, pay, are refunded, fail to pay and dispute, in a random order."""

import random
import uuid
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from benchmarks import site
from billing.catalogue.models import Interval
from billing.catalogue.plans import plan
from billing.catalogue.stripe_prices import price_id, sync
from billing.processor.accounts import customer_id
from billing.processor.client import client
from billing.sandbox.server import Sandbox
from billing.sandbox.simulate import simulate
from tenants.scope import org_scope

Object = dict[str, Any]


@dataclass(slots=True)
class Customer:
    """An organisation with a card that pays; `charges` are its payments of which nothing was given back."""

    org_id: uuid.UUID
    id: str
    card: str
    charges: list[str] = field(default_factory=list)


@dataclass
class Shop:
    """What happens at Stripe before the first delivery: afterwards nothing there changes any more."""

    sandbox: Sandbox
    chance: random.Random
    customers: list[Customer] = field(default_factory=list)

    def open(self, customers: int) -> None:
        """Let new organisations become customers and subscribe."""
        sync(client())
        price = price_id(client(), plan("team"), Interval.MONTH)
        for _ in range(customers):
            org_id = site.customer()[0].id
            with org_scope(org_id):
                customer = customer_id()
            card = self.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
            self.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": card}})
            self.v1.subscriptions.create({"customer": customer, "items": [{"price": price}]})
            self.customers.append(Customer(org_id, customer, card))

    def trade(self, events: int) -> list[Object]:
        """Go on until at least so many events happened; return all of them."""
        acts = (self._rename, self._pay, self._pay, self._refund, self._bill, self._fail)
        while len(self.sandbox.state.every("event")) < events:
            self.chance.choice(acts)(self.chance.choice(self.customers))
        for customer in self.customers[::3]:
            self._dispute(customer)
        with self.sandbox.state.lock:
            return deepcopy(self.sandbox.state.every("event"))

    @property
    def v1(self) -> Any:  # noqa: ANN401 (the SDK's parameter types are narrower than what is written here)
        return client().v1

    def _rename(self, customer: Customer) -> None:
        self.v1.customers.update(customer.id, {"name": f"name {self.chance.random()}"})

    def _pay(self, customer: Customer) -> None:
        asked = {"customer": customer.id, "payment_method": customer.card, "confirm": True, "off_session": True}
        amount = self.chance.randrange(1_000, 90_000)
        customer.charges.append(
            self.v1.payment_intents.create({"amount": amount, "currency": "usd", **asked}).latest_charge
        )

    def _refund(self, customer: Customer) -> None:
        """Give back a part of the oldest payment that nothing was given back of."""
        if customer.charges:
            self.v1.refunds.create({"charge": customer.charges.pop(0), "amount": self.chance.randrange(1, 1_000)})

    def _bill(self, customer: Customer) -> None:
        invoice = self.v1.invoices.create({"customer": customer.id}).id
        item = {"customer": customer.id, "invoice": invoice, "currency": "usd"}
        self.v1.invoice_items.create({**item, "amount": self.chance.randrange(1_000, 90_000)})
        self.v1.invoices.finalize_invoice(invoice, {"auto_advance": True})  # which collects it

    def _fail(self, customer: Customer) -> None:
        self._simulate("decline", customer)
        self._bill(customer)

    def _dispute(self, customer: Customer) -> None:
        self._pay(customer)
        self._simulate("dispute", customer)

    def _simulate(self, act: str, customer: Customer) -> None:
        with self.sandbox.state.lock:
            simulate(self.sandbox.state, {"act": act, "customer": customer.id})
