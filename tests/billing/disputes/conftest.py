"""A tenant that pays by card at the simulated Stripe, and disputes of its payments as our handlers hear them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import StaffDuty
from billing.disputes import cases
from billing.disputes.models import DisputeCase
from billing.processor.accounts import customer_id
from tenants.desk import staff_of  # noqa: F401 (its import is the desk's)
from tenants.guard import Grant, require
from tenants.models import Organization
from tenants.permissions import Permission
from tenants.principal import Duty, Level, Principal, PrincipalKind, Resource
from tenants.scope import current_org_id, org_scope
from tests.billing.peer import Peer
from tests.committed import new_owner
from tests.people import Person, new_person

Fetch = Callable[[], dict[str, Any]]


@dataclass
class Tenant:
    """An organisation that pays; it is open."""

    owner: Person
    stripe: Peer
    told: int = 0

    @property
    def organization(self) -> Organization:
        """Return it as it stands now."""
        found: Organization = Organization.objects.get()
        return found

    def pays(self, amount: int = 9_900) -> str:
        """Pay by card; return the charge."""
        asked = {"amount": amount, "currency": "usd", "customer": customer_id(), "confirm": True}
        intent = self.stripe.v1.payment_intents.create({**asked, "payment_method": "pm_card_visa"})
        return str(intent.latest_charge)

    def disputes(self, charge: str = "", **how: str) -> str:
        """Have the bank dispute a payment; return the dispute, of which nobody has heard."""
        made = self.stripe.simulate("dispute", charge=charge or self.pays(), **how)
        return str(made["id"])

    def hears(self, dispute: str, at: datetime | None = None) -> DisputeCase:
        """Hear of a dispute as it is at Stripe now, by an event of its own."""
        self.told += 1
        found = self.stripe.v1.disputes.retrieve(dispute)
        return cases.hear(found.to_dict(), at or datetime.now(UTC), f"evt_{self.told}")

    def decided(self, dispute: str, outcome: str) -> DisputeCase:
        """Have the bank decide, and hear of it."""
        self.stripe.simulate("decide", dispute=dispute, outcome=outcome)
        return self.hears(dispute)


@pytest.fixture
def tenant(stripe: Peer, in_acme: Person) -> Tenant:
    return Tenant(in_acme, stripe)


@pytest.fixture
def committed_tenant(stripe: Peer, committed: None) -> Iterator[Tenant]:
    """One whose rows are committed."""
    owner = new_owner()
    with org_scope(owner.organization.id):
        yield Tenant(owner, stripe)


@dataclass
class Staff:
    """Somebody at the desk, who has just used a passkey."""

    principal: Principal

    def may(self, permission: Permission) -> Grant:
        """Return a grant about the open organisation."""
        return require(self.principal, permission, Resource("dispute", current_org_id()))


def at_desk(email: str, name: str) -> Staff:
    user = new_person(email, name)
    StaffDuty.objects.create(user=user, duty=Duty.FINANCE.value)
    principal = Principal(
        kind=PrincipalKind.OPERATOR,
        id=str(user.pk),
        org_id=None,
        label=name,
        level=Level.AAL3,
        fresh=True,
        user_id=user.pk,
        duties=frozenset({Duty.FINANCE}),
    )
    return Staff(principal)


@pytest.fixture
def fay(db: None) -> Staff:
    return at_desk("fay@tidegate.example", "Fay Finance")


@pytest.fixture
def ben(db: None) -> Staff:
    return at_desk("ben@tidegate.example", "Ben Books")
