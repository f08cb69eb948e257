"""Prices, budgets, what is held against them and what was used. Amounts are whole numbers of 10⁻⁹ USD ("nanos").

Rows of budgets, reservations and usage are moved by the functions of migrations 0003 and 0006 alone; Python reads them.
"""

import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from tenants.scope import OrgForeignKey, OrgModel

LARGEST_AMOUNT = 9 * 10**15
"""Nine million US dollars in nanos: sums of a thousand such budgets still fit 64 bits."""
LARGEST_PRICE = 10**9
"""Nanos a token: one US dollar."""
MOST_TOKENS = 10_000_000
"""Tokens that one call may read or write."""
LARGEST_RATE = 1_000_000
"""Requests a minute of a role."""
LARGEST_GRACE = 10
"""Per cent of a budget that a soft one lets pass beyond it."""


class _Prices(models.Model):
    """What a model costs: nanos for each token in and out, and for each call. A version never changes."""

    model = models.CharField(max_length=100)
    version = models.CharField(max_length=40)
    input_nanos_per_token = models.BigIntegerField(validators=[MinValueValidator(0), MaxValueValidator(LARGEST_PRICE)])
    output_nanos_per_token = models.BigIntegerField(validators=[MinValueValidator(0), MaxValueValidator(LARGEST_PRICE)])
    call_nanos = models.BigIntegerField(
        default=0, validators=[MinValueValidator(0), MaxValueValidator(LARGEST_PRICE * 1000)]
    )
    valid_from = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.model} {self.version}"


class ListPrice(_Prices):
    """A public list price that ships with the product (``prices.csv``); the owner loads it, everybody reads it."""

    source = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["model", "version"], name="ledger_listprice_version")]


class ModelPrice(_Prices, OrgModel):
    """A tenant's own price of a model; it goes before the list price of the same name. Append-only."""

    author = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["model", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["org", "model", "version"], name="ledger_modelprice_version"),
            models.CheckConstraint(condition=~Q(model="tidegate-guard"), name="ledger_guard_price_is_ours"),
            models.CheckConstraint(
                condition=Q(input_nanos_per_token__range=(0, LARGEST_PRICE))
                & Q(output_nanos_per_token__range=(0, LARGEST_PRICE))
                & Q(call_nanos__range=(0, LARGEST_PRICE * 1000)),
                name="ledger_modelprice_bounds",
            ),
        ]


class Budget(OrgModel):
    """What a scope may use in a period. `used + reserved` never passes cap, grace and raise at an admission.

    `excess` is how far they stand beyond it for another reason: a call that cost more than was reserved for it, a cap
    that was lowered, a raise that ended. Nothing is admitted until they are below the cap again.
    """

    class Scope(models.TextChoices):
        ORGANIZATION = "org", "Organisation"
        ROLE = "role", "Role"
        KEY = "key", "API key or service"
        MODEL = "model", "Model"
        PERSON = "person", "Person"

    class Unit(models.TextChoices):
        NANOS = "nanos", "US dollars"
        REQUESTS = "requests", "Requests"
        TOKENS = "tokens", "Tokens"

    class Period(models.TextChoices):
        DAY = "day", "a day"
        MONTH = "month", "a month"
        TOTAL = "total", "in total"

    class Source(models.TextChoices):
        TENANT = "tenant", "made here"
        PLAN = "plan", "from your plan"

    source = models.CharField(max_length=8, choices=Source, default=Source.TENANT)
    scope_kind = models.CharField(max_length=8, choices=Scope)
    scope_id = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=8, choices=Unit)
    period = models.CharField(max_length=8, choices=Period)
    cap = models.BigIntegerField()
    grace = models.SmallIntegerField(default=0)
    """Per cent beyond the cap that a soft budget admits; 0 is a hard one."""
    used = models.BigIntegerField(default=0)
    carried = models.BigIntegerField(default=0)
    """What of `used` the period had used before there was this budget."""
    reserved = models.BigIntegerField(default=0)
    excess = models.BigIntegerField(default=0)
    raised = models.BigIntegerField(default=0)
    raised_until = models.DateTimeField(null=True, blank=True)
    window_start = models.DateTimeField()
    alerted = models.SmallIntegerField(default=0)
    """The highest share, in per cent, that was told in this period."""
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrgModel.Meta):
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["org", "source", "scope_kind", "scope_id", "unit", "period"],
                condition=Q(closed_at=None),
                name="ledger_budget_once",
            ),
            models.CheckConstraint(
                condition=Q(cap__range=(1, LARGEST_AMOUNT)) | Q(source="plan", cap=0), name="ledger_budget_cap"
            ),
            models.CheckConstraint(condition=Q(grace__range=(0, LARGEST_GRACE)), name="ledger_budget_grace"),
            models.CheckConstraint(
                condition=Q(
                    used__gte=0, carried__gte=0, reserved__gte=0, excess__gte=0, raised__range=(0, LARGEST_AMOUNT)
                ),
                name="ledger_budget_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    used__lte=F("cap") + F("cap") * F("grace") / 100 + F("raised") + F("excess") - F("reserved")
                ),
                name="ledger_budget_not_overspent",
            ),
        ]

    def bound_at(self, now: datetime) -> int:
        """Return the cap with what it is raised by at a time; the grace of a soft budget is not part of it."""
        lasts = self.raised_until is not None and self.raised_until > now
        return self.cap + (self.raised if lasts else 0)

    def __str__(self) -> str:
        return f"{self.scope_kind} {self.scope_id} {self.unit} {self.period}"


class ModelAllowance(OrgModel):
    """The models that the plan lets an organisation call, one row at most; without it every model may be called."""

    models = ArrayField(models.CharField(max_length=100))

    class Meta(OrgModel.Meta):
        constraints = [models.UniqueConstraint(fields=["org"], name="ledger_modelallowance_once")]

    def __str__(self) -> str:
        return ", ".join(self.models)


class RoleRate(OrgModel):
    """How many requests of the API a minute all keys, services and people of a role may make together."""

    role = models.CharField(max_length=16)
    per_minute = models.PositiveIntegerField()

    class Meta(OrgModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["org", "role"], name="ledger_rolerate_once"),
            models.CheckConstraint(condition=Q(per_minute__range=(1, LARGEST_RATE)), name="ledger_rolerate_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.per_minute} a minute"


class TemporaryRaise(OrgModel):
    """Somebody let a budget go further until a time, and said why. Append-only; the newest one counts."""

    budget = OrgForeignKey(Budget, on_delete=models.PROTECT, related_name="raises")
    amount = models.BigIntegerField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=200)
    author = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"{self.amount} until {self.until:%Y-%m-%d %H:%M}"


class _Metered(OrgModel):
    """What a call was: by whom, for which model, at which price, against which budgets."""

    decision_id = models.CharField(max_length=30)
    model = models.CharField(max_length=100)
    price_version = models.CharField(max_length=40)
    principal_kind = models.CharField(max_length=16)
    principal_id = models.CharField(max_length=40)
    person_id = models.UUIDField(null=True)
    role = models.CharField(max_length=16, blank=True)
    tokens_in = models.BigIntegerField()
    tokens_out = models.BigIntegerField()
    nanos = models.BigIntegerField()
    budgets = ArrayField(models.UUIDField())

    class Meta(OrgModel.Meta):
        abstract = True


class Reservation(_Metered):
    """What is held for one call until it is settled, released or past its time; the estimate, never the fact.

    The price is copied into it: a call is settled at the price at which it was admitted.
    """

    class State(models.TextChoices):
        HELD = "held"
        SETTLED = "settled"
        EXPIRED = "expired", "charged at the estimate when its time was over"
        RELEASED = "released"

    input_nanos_per_token = models.BigIntegerField()
    output_nanos_per_token = models.BigIntegerField()
    call_nanos = models.BigIntegerField()
    most_out = models.BigIntegerField()
    """The tokens that the model may write: the worst case, of which `tokens_out` is the estimate."""
    own = models.BooleanField()
    """Whether it is for the guard itself, whose cost is known beforehand."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.HELD)
    finished_at = models.DateTimeField(null=True)

    class Meta(OrgModel.Meta):
        indexes = [
            models.Index(fields=["org", "expires_at"], condition=Q(state="held"), name="ledger_reservation_held"),
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="ledger_reservation_due"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class UsageEvent(_Metered):
    """One metered call, written with its settlement. Append-only; at most one for each reservation."""

    class Origin(models.TextChoices):
        SETTLED = "settled"
        EXPIRED = "expired", "at the estimate: nobody settled it in time"

    reservation_id = models.UUIDField(default=uuid.uuid4)
    origin = models.CharField(max_length=8, choices=Origin)
    at = models.DateTimeField()

    class Meta(OrgModel.Meta):
        ordering = ["-at", "id"]
        constraints = [models.UniqueConstraint(fields=["org", "reservation_id"], name="ledger_usageevent_once")]
        indexes = [
            models.Index(fields=["org", "-at", "id"], name="ledger_usageevent_page"),
            models.Index(fields=["org", "principal_id", "model", "-at"], name="ledger_usageevent_learned"),
            BrinIndex(fields=["at"], name="ledger_usageevent_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.nanos} at {self.at:%Y-%m-%d %H:%M}"
