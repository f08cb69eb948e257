"""What a tenant sets for the guard, and what people say of its decisions."""

from django.db import models

from tenants.scope import OrgModel


class GuardPolicy(OrgModel):
    """One version of a tenant's guard policy. Versions are never edited (the database refuses it); one is active.

    `rules` is `promptguard.policy.Rules` as JSON.
    """

    version = models.PositiveIntegerField()
    rules = models.JSONField()
    active = models.BooleanField(default=False)
    author = models.CharField(max_length=120)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True)
    """When it was last put in force; a version that never was is a draft."""

    class Meta(OrgModel.Meta):
        ordering = ["-version"]
        verbose_name_plural = "guard policies"
        constraints = [
            models.UniqueConstraint(fields=["org", "version"], name="promptguard_guardpolicy_version"),
            models.UniqueConstraint(
                fields=["org"], condition=models.Q(active=True), name="promptguard_guardpolicy_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"policy {self.version}"


class DecisionReport(OrgModel):
    """A person's word that a decision was mistaken, with what they think it should have been."""

    decision_id = models.CharField(max_length=30)
    expected_action = models.CharField(max_length=16)
    comment = models.CharField(max_length=500, blank=True)
    reporter = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["org", "decision_id", "reporter"], name="promptguard_decisionreport_once")
        ]

    def __str__(self) -> str:
        return f"{self.decision_id}: expected {self.expected_action}"
