"""The record: decisions and events. Rows hold plain ids, no foreign keys: they outlive what they speak of."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models

from tenants.scope import OrgManager, OrgModel


class Json(models.JSONField):
    """Django's field, decoded by orjson: a page of decisions holds a hundred of them."""

    def from_db_value(self, value: str | None, *_: object) -> Any:  # noqa: ANN401 (JSON)
        return None if value is None else orjson.loads(value)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class Record(OrgModel):
    """A row that names its organisation by a plain id, without a foreign key."""

    org = None  # type: ignore[assignment]  # Django's way to leave a base's field out
    org_id = models.UUIDField(editable=False)

    class Meta(OrgModel.Meta):
        abstract = True


class Decision(Record):
    """One decision: who asked for what, what was answered and why. Append-only; partitioned by month of `created_at`.

    `input_hash` is an HMAC of the text under the tenant's own key: never the text. `findings` counts kinds by category,
    `timings` holds milliseconds by step, `detail` what a page shows beside them (no text of the prompt).
    """

    class Mode(models.TextChoices):
        ENFORCE = "enforce"
        SHADOW = "shadow"
        DRY_RUN = "dry_run"

    id = models.CharField(primary_key=True, max_length=30)  # type: ignore[assignment]  # others have a UUID
    created_at = models.DateTimeField()
    environment = models.CharField(max_length=16)
    request_id = models.CharField(max_length=64)
    principal_kind = models.CharField(max_length=16)
    principal_id = models.CharField(max_length=40)
    principal_label = models.CharField(max_length=120)
    permission = models.CharField(max_length=40)
    resource = models.CharField(max_length=120)
    action = models.CharField(max_length=16)
    mode = models.CharField(max_length=16, default=Mode.ENFORCE)
    reason_codes = ArrayField(models.CharField(max_length=24))
    policy_version = models.CharField(max_length=40)
    input_hash = models.BinaryField(max_length=32, null=True)
    findings = Json(default=dict)
    timings = Json(default=dict)
    detail = Json(default=dict)

    objects: "OrgManager[Decision]" = OrgManager()

    class Meta(Record.Meta):
        managed = False
        db_table = "audit_decision"

    def __str__(self) -> str:
        return f"{self.id} {self.action}"


class AuditEvent(Record):
    """Something a person, key or operator did in an organisation. Append-only."""

    created_at = models.DateTimeField(auto_now_add=True)
    event = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=40)
    actor_label = models.CharField(max_length=120)
    target = models.CharField(max_length=120, blank=True)
    target_label = models.CharField(max_length=160, blank=True)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    decision_id = models.CharField(max_length=30, blank=True)
    detail = models.JSONField(default=dict)

    class Meta(Record.Meta):
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["org_id", "-created_at", "-id"], name="audit_event_page")]

    def __str__(self) -> str:
        return f"{self.event} by {self.actor_label}"


class OutboxMessage(Record):
    """Something owed to the outside (``audit.outbox``). The payload is sealed and emptied on delivery."""

    topic = models.CharField(max_length=60)
    payload = models.TextField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=80, blank=True)
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Record.Meta):
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.topic} {self.id}"


class IdempotencyClaim(Record):
    """A call that is being answered under a caller's idempotency key (``audit.idempotency``). Unlogged: a crash of the
    database forgets who was answering, which is then true.

    `id` is made from principal, route and key; `holder` is the attempt; `fingerprint` is a keyed hash of the request.
    """

    holder = models.UUIDField()
    fingerprint = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Record.Meta):
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"claim {self.id}"


class KeptAnswer(Record):
    """The answer of a call made under an idempotency key, sealed, written with its decision; `id` is the claim's."""

    fingerprint = models.BinaryField(max_length=32)
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Record.Meta):
        ordering = ["created_at"]
        indexes = [models.Index(fields=["created_at"], name="audit_keptanswer_age")]

    def __str__(self) -> str:
        return f"answer {self.id}"


class LegalHold(Record):
    """What a dispute forbids to delete: the organisation's rows from `since` on, until `ends_at`, if that is known.

    `case` names what it is for; each has one. The application's role may only write `ends_at`, and not to a time near.
    """

    case = models.CharField(max_length=300)
    since = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Record.Meta):
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["org_id", "case"], name="audit_legalhold_once")]

    def __str__(self) -> str:
        return f"hold for {self.case}"
