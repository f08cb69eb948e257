"""What Stripe says of an organisation's invoices and charges, in columns of our own. Amounts are cents of a currency.

The rows are projections: `invoices` and `charges` fill them from Stripe's objects and nobody else writes them. They
hold no id of a customer, card or payment method, and of a card what its receipt shows.
"""

from typing import ClassVar

from django.db import models

from tenants.scope import OrgForeignKey, OrgModel

STRIPE_ID = 255
"""Characters that Stripe asks integrations to keep for an id."""


class InvoiceState(OrgModel):
    """An invoice as it stood when it was last fetched; `rank` of `invoices` says which of two states is the later."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        PAID = "paid"
        UNCOLLECTIBLE = "uncollectible", "given up"
        VOID = "void"

    stripe_id = models.CharField(max_length=STRIPE_ID)
    number = models.CharField(max_length=60, blank=True)
    """What people call it; a draft has none."""
    status = models.CharField(max_length=16, choices=Status)
    billing_reason = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3)
    total_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField()
    due_cents = models.BigIntegerField()
    """What was to be paid in all, with credit of the customer taken off; it stays when it is paid."""
    subscription_id = models.CharField(max_length=STRIPE_ID, blank=True)
    payment_intent_id = models.CharField(max_length=STRIPE_ID, blank=True)
    charge_id = models.CharField(max_length=STRIPE_ID, blank=True)
    """The charge that paid it."""
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    hosted_url = models.CharField(max_length=2_000, blank=True)
    attempt_count = models.IntegerField()
    next_attempt_at = models.DateTimeField(null=True)
    auto_advance = models.BooleanField()
    created_at = models.DateTimeField()
    finalized_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["-created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "stripe_id"], name="payments_invoice_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["org", "-created_at", "id"], name="payments_invoice_page"),
            models.Index(fields=["org", "payment_intent_id"], name="payments_invoice_intent"),
            models.Index(fields=["-created_at", "id"], name="payments_invoice_desk"),
        ]

    def __str__(self) -> str:
        return self.number or self.stripe_id


class InvoiceLine(OrgModel):
    """A line of an invoice. `usage_key` names the metered usage it bills; other lines have none."""

    invoice = OrgForeignKey(InvoiceState, on_delete=models.CASCADE, related_name="lines")
    stripe_id = models.CharField(max_length=STRIPE_ID)
    description = models.CharField(max_length=500, blank=True)
    amount_cents = models.BigIntegerField()
    quantity = models.BigIntegerField()
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    usage_key = models.CharField(max_length=100, blank=True)

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["invoice", "stripe_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "invoice", "stripe_id"], name="payments_line_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["org", "usage_key"], name="payments_line_usage")]

    def __str__(self) -> str:
        return self.description or self.stripe_id


class ChargeState(OrgModel):
    """One try to take money from a card, as it stood when it was last fetched."""

    class Status(models.TextChoices):
        PENDING = "pending"
        FAILED = "failed"
        SUCCEEDED = "succeeded"

    stripe_id = models.CharField(max_length=STRIPE_ID)
    invoice_id = models.CharField(max_length=STRIPE_ID, blank=True)
    """The id of the invoice at Stripe; "" where the charge is for none, or its invoice is not known yet."""
    payment_intent_id = models.CharField(max_length=STRIPE_ID, blank=True)
    amount_cents = models.BigIntegerField()
    refunded_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status)
    created_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=60, blank=True)
    decline_code = models.CharField(max_length=60, blank=True)
    advice_code = models.CharField(max_length=40, blank=True)
    network_decline_code = models.CharField(max_length=40, blank=True)
    card_brand = models.CharField(max_length=40, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    card_country = models.CharField(max_length=2, blank=True)
    card_fingerprint_hash = models.CharField(max_length=64, blank=True)
    """Equal for equal cards, in every organisation of this installation, and of no use outside it."""
    network = models.CharField(max_length=40, blank=True)
    three_d_secure = models.CharField(max_length=40, blank=True)
    """The result of 3-D Secure (``authenticated``, ``attempt_acknowledged``, …); "" where it was not asked for."""
    three_d_secure_eci = models.CharField(max_length=2, blank=True)
    receipt_email = models.CharField(max_length=320, blank=True)
    disputed = models.BooleanField()
    description = models.CharField(max_length=500, blank=True)

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["-created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "stripe_id"], name="payments_charge_once"),
            models.CheckConstraint(
                condition=models.Q(refunded_cents__gte=0, refunded_cents__lte=models.F("amount_cents")),
                name="payments_charge_refunded",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["org", "-created_at", "id"], name="payments_charge_page"),
            models.Index(fields=["org", "payment_intent_id"], name="payments_charge_intent"),
            models.Index(fields=["org", "invoice_id"], name="payments_charge_invoice"),
            models.Index(fields=["org", "card_fingerprint_hash"], name="payments_charge_card"),
            models.Index(fields=["-created_at", "id"], name="payments_charge_desk"),
        ]

    def __str__(self) -> str:
        return self.stripe_id
