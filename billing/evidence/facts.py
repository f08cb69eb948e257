"""What an evidence pack speaks of: plain values as of one moment, of one organisation and nobody else.

A field that people fill in is marked `FREE`: it may name somebody who is no party to the dispute, hold a card's number
or a secret, so it passes `billing.evidence.screening`. All others are ids, words of ours, numbers and times.
Amounts are cents of `currency`, or nanos (10⁻⁹ US dollars) where the ledger counts; times are UTC.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

FREE: Mapping[str, bool] = {"free": True}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """The dispute: our case's id, and what Stripe says of it."""

    id: str
    dispute: str
    charge: str
    case_type: str
    reason: str
    network_reason_code: str
    amount_cents: int
    currency: str
    opened_at: datetime
    fee: str = ""
    """Of a compliance case: the programme whose fee two people agreed to pay, as ``enhanced_evidence`` names it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the account itself; their name and address stay."""

    id: str
    name: str
    email: str
    role: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """The organisation that paid, and the people in it; the first one founded it."""

    org_id: str
    name: str
    created_at: datetime
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """An API key of the account: never its secret."""

    id: str
    name: str = field(metadata=FREE)
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """What was used on one day (UTC)."""

    day: date
    calls: int
    tokens: int
    nanos: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API: the decision that answered it, by whose credential, and what it decided."""

    decision_id: str
    at: datetime
    principal_id: str
    principal_kind: str
    action: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody of the account did something in the portal: signed in, made a key; from which address."""

    at: datetime
    person_id: str
    event: str
    address: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """The account went to pay: from where, in which browser (a hash), and which terms it accepted."""

    at: datetime
    address: str
    device_hash: str
    email: str = field(metadata=FREE)
    terms_version: str
    cancellation_version: str = ""
    refunds_version: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice."""

    description: str = field(metadata=FREE)
    amount_cents: int
    quantity: int
    period_start: datetime | None
    period_end: datetime | None


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice and the period it is for."""

    id: str
    number: str
    status: str
    currency: str
    charge: str
    total_cents: int
    paid_cents: int
    period_start: datetime | None
    period_end: datetime | None
    paid_at: datetime | None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge. `fingerprint` tells that two were of the same card without saying which."""

    id: str
    invoice: str
    status: str
    at: datetime | None
    amount_cents: int
    refunded_cents: int
    currency: str
    card_brand: str
    card_last4: str
    fingerprint: str
    network: str
    three_d_secure: str
    disputed: bool
    description: str = field(metadata=FREE)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that went to somebody of the account."""

    at: datetime
    kind: str
    email: str = field(metadata=FREE)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms in force when the account paid: their version, and the policies as they stand there."""

    version: str
    cancellation: str
    refund: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the preparer adds in their own words, or knows from the cardholder's claim."""

    statement: str = field(default="", metadata=FREE)
    cancelled_on: date | None = None
    duplicate_of: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it, as of one moment. `calls` is a ranked extract of `total_calls`."""

    as_of: datetime
    case: Case
    account: Account
    said: Said
    terms: Terms
    total_calls: int
    keys: tuple[Key, ...] = ()
    days: tuple[Day, ...] = ()
    calls: tuple[Call, ...] = ()
    visits: tuple[Visit, ...] = ()
    checkouts: tuple[Checkout, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    charges: tuple[Charge, ...] = ()
    mails: tuple[Mail, ...] = ()
    policy_versions: tuple[str, ...] = ()

    @property
    def charge(self) -> Charge | None:
        """Return the charge that is disputed."""
        return next((charge for charge in self.charges if charge.id == self.case.charge), None)

    @property
    def invoice(self) -> Invoice | None:
        """Return the invoice that the disputed charge paid."""
        return next((each for each in self.invoices if each.charge and each.charge == self.case.charge), None)

    @property
    def checkout(self) -> Checkout | None:
        """Return the purchase behind the disputed charge: the last visit to pay that came before it."""
        charge = self.charge
        before = [each for each in self.checkouts if charge and charge.at and each.at <= charge.at]
        return max(before, key=lambda each: each.at, default=None)


def changed_free(value: T, change: Callable[[str], str]) -> T:
    """Return a dataclass with `change` made to every free text in it, also in the dataclasses that it holds."""
    return replace(value, **dict(_changes(value, change)))  # type: ignore[type-var]  # T is a dataclass


def _changes(value: object, change: Callable[[str], str]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for each in fields(value):  # type: ignore[arg-type]  # as above
        held = getattr(value, each.name)
        if each.metadata.get("free"):
            found.append((each.name, change(held)))
        elif is_dataclass(held):
            found.append((each.name, changed_free(held, change)))
        elif isinstance(held, tuple) and held and is_dataclass(held[0]):
            found.append((each.name, tuple(changed_free(one, change) for one in held)))
    return found


_FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)


def as_json(facts: Facts) -> bytes:
    """Return facts as the checkpoint keeps them."""
    return _FACTS.dump_json(facts)


def from_json(kept: bytes) -> Facts:
    """Return facts as they were kept; raises `pydantic.ValidationError`."""
    return _FACTS.validate_json(kept)
