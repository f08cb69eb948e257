"""What is kept of sign-ins, the alerts they raised, and the people who must confirm that it is them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.risk.rules import Rule, Severity
from tenants.scope import OrgModel

PERSON = settings.AUTH_USER_MODEL


class SignIn(models.Model):
    """One sign-in of a person; row-level security shows it to nobody else. The last hundred of 90 days are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    device_known = models.BooleanField()
    traits = models.BinaryField(max_length=32)
    """HMAC of browser family, system, platform, mobile or not, and language: comparable for this person only."""

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "-at"], name="risk_signin_page")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at:%Y-%m-%d %H:%M}"


class Decline(OrgModel):
    """A member said no to an application of the organisation; kept for a day."""

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    client_id = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta(OrgModel.Meta):
        indexes = [models.Index(fields=["org", "at"], name="risk_decline_page")]

    def __str__(self) -> str:
        return f"{self.user_id} declined {self.client_id}"


class Hold(OrgModel):
    """A member at high risk: this organisation's pages ask for a passkey first, their keys here only read until then.

    Each organisation has its own, so that none can end another's. Its insert and its end move the person's stamp: every
    worker's memory of their keys is read again.
    """

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    cause = models.CharField(max_length=8, choices=[(rule.value, rule.value) for rule in Rule])

    class Meta(OrgModel.Meta):
        constraints = [models.UniqueConstraint(fields=["org", "user"], name="risk_hold_once")]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.since:%Y-%m-%d %H:%M}"


class Alert(OrgModel):
    """What a rule found about a member, in each organisation they belong to, and what somebody decided about it."""

    class State(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed", "confirmed with a passkey"
        HARMLESS = "harmless", "it was them"
        HOSTILE = "hostile", "it was not them"

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    client_id = models.CharField(max_length=100, blank=True)
    rule = models.CharField(max_length=8, choices=[(rule.value, rule.value) for rule in Rule])
    severity = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Severity])
    evidence = models.JSONField()
    stepped_up = models.BooleanField()
    """Whether the person was asked for a passkey."""
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    note = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["org", "-created_at", "id"], name="risk_alert_page")]

    def __str__(self) -> str:
        return f"{self.rule} about {self.user_id}"


class RiskSettings(OrgModel):
    """How an organisation answers: networks it trusts, and from which severity on a passkey is asked for."""

    trusted_networks = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    step_up_from = models.CharField(
        max_length=8,
        choices=[(each.value, each.value) for each in (Severity.MEDIUM, Severity.HIGH)],
        default=Severity.HIGH,
    )

    class Meta(OrgModel.Meta):
        constraints = [models.UniqueConstraint(fields=["org"], name="risk_settings_once")]

    def __str__(self) -> str:
        return f"passkey from {self.step_up_from}"
