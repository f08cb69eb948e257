"""The versions of plans that were ever sold; nothing of a tenant. The owner loads them, everybody reads them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing.entitlements.limits import Limits


class Interval(models.TextChoices):
    """How often a plan is paid, as Stripe names it."""

    MONTH = "month", "a month"
    YEAR = "year", "a year"


class PlanVersion(models.Model):
    """A plan as ``plans.toml`` said it once: what it holds and costs. A limit that is `None` is none.

    Prices are in the currency's smallest unit, spending in 10⁻⁹ USD; amounts of calls are for a month in UTC.
    """

    code = models.SlugField(max_length=20)
    version = models.PositiveIntegerField()
    rank = models.PositiveSmallIntegerField()
    """The plan's place among those sold with it, smallest first: a move to a higher one is an upgrade."""
    name = models.CharField(max_length=40)
    summary = models.CharField(max_length=200)
    features = ArrayField(models.CharField(max_length=100))
    currency = models.CharField(max_length=3)
    monthly_cents = models.PositiveBigIntegerField()
    yearly_cents = models.PositiveBigIntegerField()
    trial_days = models.PositiveSmallIntegerField()
    requests = models.PositiveBigIntegerField(null=True)
    tokens = models.PositiveBigIntegerField(null=True)
    spend_nanos = models.PositiveBigIntegerField(null=True)
    seats = models.PositiveIntegerField(null=True)
    models_allowed = ArrayField(models.CharField(max_length=100), null=True)
    retention_days = models.PositiveIntegerField()
    requests_per_minute = models.PositiveIntegerField()
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["rank", "code", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="catalogue_planversion_once"),
            models.CheckConstraint(
                condition=Q(monthly_cents=0, yearly_cents=0) | Q(monthly_cents__gt=0, yearly_cents__gt=0),
                name="catalogue_planversion_sold_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"

    @property
    def is_paid(self) -> bool:
        """Tell whether it is bought; one that is not has no price at Stripe."""
        return self.monthly_cents > 0

    @property
    def limits(self) -> Limits:
        """Return what it holds, as entitlements know it."""
        return Limits(
            requests=self.requests,
            tokens=self.tokens,
            spend_nanos=self.spend_nanos,
            seats=self.seats,
            models=None if self.models_allowed is None else tuple(self.models_allowed),
            retention_days=self.retention_days,
            requests_per_minute=self.requests_per_minute,
        )

    def cents(self, interval: Interval) -> int:
        """Return what it costs a month or a year."""
        return self.monthly_cents if interval is Interval.MONTH else self.yearly_cents

    def lookup_key(self, interval: Interval) -> str:
        """Return the name by which its price is found at Stripe."""
        return f"tidegate_{self.code}_v{self.version}_{interval.value}"
