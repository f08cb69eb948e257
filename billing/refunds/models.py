"""Refunds: proposed by one person, approved by another, done by Stripe once. Amounts are cents of their charge."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from billing.payments.models import STRIPE_ID, ChargeState
from tenants.scope import OrgForeignKey, OrgModel


class Refund(OrgModel):
    """Money that goes back to the card it came from. Who decided is somebody else than who proposed: a constraint."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "waits for approval"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"
        APPROVED = "approved", "on its way to Stripe"
        PENDING = "pending", "under way at Stripe"
        DONE = "done", "refunded"
        FAILED = "failed"

    class Reason(models.TextChoices):
        """As Stripe knows them."""

        REQUESTED = "requested_by_customer", "The customer asked for it"
        DUPLICATE = "duplicate", "It was charged twice"
        FRAUDULENT = "fraudulent", "The card's holder did not make the payment"

    charge = OrgForeignKey(ChargeState, on_delete=models.PROTECT, related_name="refunds")
    amount_cents = models.BigIntegerField()
    reason = models.CharField(max_length=24, choices=Reason)
    note = models.CharField(max_length=500)
    """Why, for whoever approves; the tenant does not see it."""
    state = models.CharField(max_length=12, choices=State, default=State.PROPOSED)
    proposer_id = models.CharField(max_length=40)
    proposer_label = models.CharField(max_length=120)
    proposed_at = models.DateTimeField()
    decider_id = models.CharField(max_length=40, blank=True)
    """Who approved or rejected it."""
    decider_label = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    stripe_id = models.CharField(max_length=STRIPE_ID, blank=True)
    failure = models.CharField(max_length=120, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["-proposed_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(decider_id=F("proposer_id")), name="refunds_two_people"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "withdrawn"]) | ~Q(decider_id=""), name="refunds_somebody_decided"
            ),
            models.CheckConstraint(condition=Q(amount_cents__gt=0) & ~Q(proposer_id=""), name="refunds_bounds"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["org", "-proposed_at", "id"], name="refunds_page"),
            models.Index(fields=["org", "charge"], name="refunds_of_charge"),
            models.Index(fields=["-proposed_at", "id"], name="refunds_desk"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} {self.state}"
