"""Which usage is on which invoice. Amounts are nanos (10⁻⁹ USD) as metered, and cents as billed."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from billing.invoicing.rounding import NANOS_PER_CENT
from billing.ledger.models import UsageEvent
from billing.payments.models import STRIPE_ID
from tenants.scope import OrgForeignKey, OrgModel


class BilledPeriod(OrgModel):
    """The usage of a time, put on one invoice. Every period takes on what the one before left below a cent.

    `cents` is the sum of its lines of usage; `included_cents` of that the plan's price has paid for already.
    """

    number = models.PositiveIntegerField()
    subscription_id = models.CharField(max_length=STRIPE_ID)
    invoice_id = models.CharField(max_length=STRIPE_ID, blank=True)
    """The invoice at Stripe that it is for; "" for a last period whose own invoice is not made yet."""
    is_last = models.BooleanField(default=False)
    """The subscription ended: no renewal will bill it, so it has an invoice of its own."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    plan = models.CharField(max_length=40, blank=True)
    """The plan with which it began, and its version."""
    next_plan = models.CharField(max_length=40, blank=True)
    """The plan in force when it was billed: the one with which the next period began."""
    decisions = models.BigIntegerField(default=0)
    """How many decisions its calls were made for; a decision can be metered twice, for the guard and for a model."""
    usage_nanos = models.BigIntegerField(default=0)
    carry_in_nanos = models.BigIntegerField(default=0)
    carry_out_nanos = models.BigIntegerField(default=0)
    cents = models.BigIntegerField(default=0)
    included_cents = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    placed_at = models.DateTimeField(null=True)
    """When all its lines were known to be at Stripe."""

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["-created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "number"], name="invoicing_period_number"),
            models.UniqueConstraint(
                fields=["org", "invoice_id"], condition=~Q(invoice_id=""), name="invoicing_period_invoice"
            ),
            models.UniqueConstraint(
                fields=["org", "subscription_id"], condition=Q(is_last=True), name="invoicing_period_last"
            ),
            models.CheckConstraint(
                condition=Q(usage_nanos=F("cents") * NANOS_PER_CENT + F("carry_out_nanos") - F("carry_in_nanos")),
                name="invoicing_period_nothing_lost",
            ),
            models.CheckConstraint(
                condition=Q(carry_in_nanos__range=(0, NANOS_PER_CENT - 1))
                & Q(carry_out_nanos__range=(0, NANOS_PER_CENT - 1)),
                name="invoicing_period_carries_less_than_a_cent",
            ),
            models.CheckConstraint(
                condition=Q(included_cents__gte=0, included_cents__lte=F("cents"), starts_at__lte=F("ends_at")),
                name="invoicing_period_bounds",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["org", "-created_at", "id"], name="invoicing_period_page"),
            models.Index(fields=["-created_at", "id"], name="invoicing_period_desk"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d}"


class UsageLine(OrgModel):
    """One line of usage: of one model at one version of its price. The line of what is included names no model."""

    period = OrgForeignKey(BilledPeriod, on_delete=models.PROTECT, related_name="lines")
    usage_key = models.CharField(max_length=100)
    """What the line at Stripe carries as metadata."""
    model = models.CharField(max_length=100, blank=True)
    price_version = models.CharField(max_length=40, blank=True)
    calls = models.BigIntegerField(default=0)
    tokens_in = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    nanos = models.BigIntegerField(default=0)
    cents = models.BigIntegerField(default=0)
    expired_calls = models.BigIntegerField(default=0)
    """Of its calls, those whose own rows ended with the plan's retention (`ledger_expire` counts them)."""
    expired_nanos = models.BigIntegerField(default=0)
    stripe_item_id = models.CharField(max_length=STRIPE_ID, blank=True)

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["period", "model", "price_version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "usage_key"], name="invoicing_line_key"),
            models.UniqueConstraint(fields=["org", "period", "model", "price_version"], name="invoicing_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model} at {self.price_version}" if self.model else "included in the plan"


class BilledUsage(OrgModel):
    """That a metered call is on a line: on one and no other, which is a constraint. Append-only."""

    event = OrgForeignKey(UsageEvent, on_delete=models.PROTECT, related_name="billed")
    line = OrgForeignKey(UsageLine, on_delete=models.PROTECT, related_name="billed")
    at = models.DateTimeField()
    """The call's own time, so that a line's calls are read in their order."""

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["-at", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["org", "event"], name="invoicing_usage_billed_once")]
        indexes: ClassVar = [models.Index(fields=["org", "line", "-at", "id"], name="invoicing_usage_line")]

    def __str__(self) -> str:
        return f"{self.event_id} on {self.line_id}"


class BooksCheck(OrgModel):
    """What a comparison of usage and invoices found in an organisation, at a time. Append-only."""

    checked_at = models.DateTimeField(auto_now_add=True)
    periods = models.PositiveIntegerField()
    differences = models.JSONField()
    """A sentence for each, with the id of the row that it speaks of."""

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["-checked_at", "id"]
        indexes: ClassVar = [models.Index(fields=["org", "-checked_at"], name="invoicing_check_latest")]

    def __str__(self) -> str:
        return f"{self.periods} periods, {len(self.differences)} differences"
