"""What an organisation's plan opens to it, and what keeps that shut for a while."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.scope import OrgModel


class Off(models.TextChoices):
    """Why a plan opens nothing."""

    UNVERIFIED = "unverified", "The payment method of the trial was not verified."
    UNPAID = "unpaid", "An invoice was not paid, and every try to collect it failed."
    DISPUTE_LOST = "dispute_lost", "A payment was disputed and taken back."


class Entitlement(OrgModel):
    """The plan an organisation is on, with its limits as they were when it came onto it; one for each organisation."""

    plan = models.CharField(max_length=32)
    plan_version = models.PositiveIntegerField()
    limits = models.JSONField()
    """`Limits.as_json`."""
    off = ArrayField(models.CharField(max_length=16, choices=Off), default=list, blank=True)
    """Every reason why it opens nothing now, in order; empty while it does."""
    changed_at = models.DateTimeField()

    class Meta(OrgModel.Meta):
        constraints = [models.UniqueConstraint(fields=["org"], name="entitlements_entitlement_once")]

    def __str__(self) -> str:
        off = f", off: {', '.join(self.off)}" if self.off else ""
        return f"{self.plan} {self.plan_version}{off}"


class Freeze(OrgModel):
    """One reason to keep an organisation frozen, such as ``dispute:dp_1``; it is frozen while any is open."""

    cause = models.CharField(max_length=80)
    reason = models.CharField(max_length=200)
    """What its people read."""
    pauses = models.BooleanField(default=False)
    """Whether it only keeps them from buying more, and leaves what they have."""
    opened_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["org", "cause"], condition=Q(lifted_at=None), name="entitlements_freeze_open"
            )
        ]

    def __str__(self) -> str:
        return self.cause
