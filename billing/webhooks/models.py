"""Stripe's events as they came, each once."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.vault.fields import SealedIdField


class WebhookInbox(models.Model):
    """An event whose signature was good. It belongs to nobody when it comes: its rows are the processor's, not a
    tenant's (`billing.vault.scope`), and `owner_id` says whose it was found to be.

    `payload` is sealed, and emptied when the event is processed. `error` is the kind of what failed, or why it waits.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        FAILED = "failed", "Failed, tried again"
        UNASSIGNED = "unassigned", "Of an unknown customer"
        QUARANTINED = "quarantined", "Quarantined"
        PROCESSED = "processed", "Processed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=250)
    object_id = SealedIdField(blank=True)
    owner_id = models.UUIDField(null=True)
    payload = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    deliveries = models.PositiveIntegerField(default=1)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When it is tried next; nothing for what is not tried by itself."""
    processed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-received_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="webhooks_inbox_due"),
            models.Index(fields=["state", "-received_at", "id"], name="webhooks_inbox_page"),
            models.Index(fields=["-received_at", "id"], name="webhooks_inbox_all"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
