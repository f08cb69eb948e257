"""Where a tenant wants to be told, what it is told, and how each delivery went."""

from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.scope import OrgForeignKey, OrgModel

LONGEST_DESCRIPTION = 200


class Endpoint(OrgModel):
    """An address of the tenant's that events are posted to. Secrets are sealed; while one is rolled there are two."""

    class Cause(models.TextChoices):
        PERSON = "person", "somebody disabled it"
        GONE = "gone", "it answered 410 Gone"
        SILENT = "silent", "it accepted nothing while a delivery was tried for three days"
        BACKLOG = "backlog", "too many deliveries were waiting for it"

    url = models.CharField(max_length=1_000)
    description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)
    events = ArrayField(models.CharField(max_length=40))
    secret = models.TextField()
    former_secret = models.TextField(blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=8, choices=Cause, blank=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    """When it was deleted. The row stays for whoever is just about to owe it something; its secrets are gone."""

    class Meta(OrgModel.Meta):
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.url

    @property
    def host(self) -> str:
        """Return where it is, as people name it."""
        return urlsplit(self.url).netloc


class Message(OrgModel):
    """What happened, as it is posted: the same bytes to every endpoint and at every attempt."""

    kind = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta(OrgModel.Meta):
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["org", "created_at"], name="webhooks_message_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.webhook_id}"

    @property
    def webhook_id(self) -> str:
        """Return the id that receivers see, by which they tell that they had it before."""
        return f"msg_{self.id.hex}"


class Delivery(OrgModel):
    """That a message is owed to an endpoint: once for both, at the time that is due.

    `held` says that an attempt is under way; one that never comes back is due again at `due_at`. `tries` keeps the
    latest attempts, oldest first: `at`, `status` (null without an answer), `ms`, `error`.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"

    endpoint = OrgForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    message = OrgForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    held = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    tries = models.JSONField(default=list)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(OrgModel.Meta):
        ordering = ["-created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["org", "endpoint", "message"], name="webhooks_delivery_once")]
        indexes = [
            models.Index(fields=["org", "endpoint", "-created_at", "id"], name="webhooks_delivery_page"),
            models.Index(fields=["org", "endpoint"], condition=Q(state="waiting"), name="webhooks_delivery_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    @property
    def latest(self) -> dict[str, object] | None:
        """Return the latest attempt, if there was one."""
        return self.tries[-1] if self.tries else None
