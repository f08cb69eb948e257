"""Which customer of the processor an organisation is, and what was asked of the processor for it."""

import uuid
from typing import ClassVar

from django.db import models

from audit.models import Record
from billing.vault.fields import SealedIdField
from tenants.scope import OrgModel


class BillingAccount(OrgModel):
    """An organisation's customer at the processor. This row is the authority; nothing at the processor changes it."""

    customer = SealedIdField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        constraints: ClassVar = [models.UniqueConstraint(fields=["org"], name="processor_billingaccount_once")]

    def __str__(self) -> str:
        return f"account of {self.org_id}"


class PaymentOperation(Record):
    """One request to the processor, on disk before it is sent; `key` is what makes it happen once.

    It names its organisation by the plain id: it is written in a transaction of its own, beside one that may just be
    making that organisation. `answer` is sealed.
    """

    class State(models.TextChoices):
        BEGUN = "begun", "sent, its end not known"
        DONE = "done"
        REFUSED = "refused", "the processor said no"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    params_sha256 = models.BinaryField(max_length=32)
    state = models.CharField(max_length=8, choices=State, default=State.BEGUN)
    stripe_id = SealedIdField(blank=True)
    answer = models.TextField(blank=True)
    error = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    """When the first attempt whose end is not known was sent: the processor forgets keys after a day."""
    finished_at = models.DateTimeField(null=True)

    class Meta(Record.Meta):
        ordering = ["-created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org_id", "key"], name="processor_paymentoperation_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
