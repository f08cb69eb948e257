"""What a tenant asks of its people's sign-in, and the exceptions that were made."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tenants.scope import OrgModel

PERSON = settings.AUTH_USER_MODEL


class SecurityPolicy(OrgModel):
    """What one organisation asks; an organisation without a row asks nothing beyond what the product does.

    `grace_days` count from `required_since`, or from joining if that was later. `excused_until`: until then people
    without a passkey may work in roles that need one. `idle_minutes` and `lifetime_hours` end sessions; none: the
    installation's own bounds hold.
    """

    require_factor = models.BooleanField(default=False)
    required_since = models.DateTimeField(null=True, blank=True)
    grace_days = models.PositiveSmallIntegerField(default=7)
    excused_until = models.DateTimeField(null=True, blank=True)
    idle_minutes = models.PositiveIntegerField(null=True, blank=True)
    lifetime_hours = models.PositiveIntegerField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the members who miss something were last looked through for reminders."""

    class Meta(OrgModel.Meta):
        constraints = [models.UniqueConstraint(fields=["org"], name="assurance_securitypolicy_once")]

    def __str__(self) -> str:
        return "a second factor for all" if self.require_factor else "no second factor asked"

    @property
    def excuses(self) -> bool:
        """Whether people may work in a role without the passkey it needs, for now."""
        return self.excused_until is not None and self.excused_until > timezone.now()

    def deadline(self, joined_at: datetime) -> datetime | None:
        """Return until when somebody who joined then may be without a second factor; `None`: for ever."""
        if not self.require_factor or self.required_since is None:
            return None
        return max(self.required_since, joined_at) + timedelta(days=self.grace_days)


class FactorReset(OrgModel):
    """A member's second factors were taken away by a colleague; a new one is due by `until`."""

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField()

    class Meta(OrgModel.Meta):
        ordering = ["-at"]
        indexes = [models.Index(fields=["org", "user", "-at"], name="assurance_reset_newest")]

    def __str__(self) -> str:
        return f"factors of {self.user_id}, at {self.at:%Y-%m-%d %H:%M}"


class Reminder(OrgModel):
    """When a member was last reminded of a factor that is due."""

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField()

    class Meta(OrgModel.Meta):
        constraints = [models.UniqueConstraint(fields=["org", "user"], name="assurance_reminder_once")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.sent_at:%Y-%m-%d %H:%M}"


class BreakGlass(models.Model):
    """A code that lets an operator in without a passkey: who had it made, why, and when it was used. Kept for good."""

    user = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at"]
        verbose_name, verbose_name_plural = "break-glass code", "break-glass codes"

    def __str__(self) -> str:
        return f"{self.user} at {self.made_at:%Y-%m-%d %H:%M}: {self.reason}"
