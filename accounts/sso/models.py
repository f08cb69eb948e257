"""A tenant's domains, its connections to identity providers, and which subject of theirs is which person."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from tenants.credentials import credential_hash
from tenants.scope import OrgForeignKey, OrgModel, current_org_id


def domain_hash(name: str) -> bytes:
    """Return by what a proved domain is found before its tenant is known."""
    return credential_hash(f"sso-domain:{name}")


def new_domain_token() -> str:
    return secrets.token_urlsafe(24)


def new_provider_id() -> str:
    """Return a name for a connection of the open organisation that is nobody else's and nobody guesses."""
    return f"org-{current_org_id().hex}-{secrets.token_hex(8)}"


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)


class Domain(OrgModel):
    """An e-mail domain that the organisation says is its own; `token` is what its DNS must say to prove it.

    `lapsed_at` is when its proof ended because the record was gone; proving it again empties it.
    """

    name = models.CharField(max_length=253)
    token = models.CharField(max_length=32, default=new_domain_token)
    lapsed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["org", "name"], name="sso_domain_once")]

    def __str__(self) -> str:
        return self.name


class ProvedDomain(OrgModel):
    """The proof of a domain. The hash is unique among all tenants: a domain is one organisation's at a time.

    The record is looked up again at `check_at`. `missing_since` and `missing_checks` count the daily answers in a row
    that it is gone; `lapses_at` is set once the keepers are told, and `notified_days` which of the warnings went out.
    """

    domain = OrgForeignKey(Domain, on_delete=models.CASCADE, related_name="proofs")
    hash = models.BinaryField(max_length=32, unique=True)
    proved_at = models.DateTimeField(default=timezone.now)
    check_at = models.DateTimeField(default=tomorrow)
    checked_at = models.DateTimeField(default=timezone.now)
    missing_since = models.DateTimeField(null=True)
    missing_checks = models.PositiveSmallIntegerField(default=0)
    lapses_at = models.DateTimeField(null=True)
    notified_days = models.PositiveSmallIntegerField(null=True, editable=False)

    class Meta(OrgModel.Meta):
        constraints = [models.UniqueConstraint(fields=["org", "domain"], name="sso_proof_once")]

    def __str__(self) -> str:
        return f"proof of {self.domain_id}"


class Connection(OrgModel):
    """An identity provider of the organisation: what was pinned of it, and what its people become here.

    `hash` is that of `provider_id`, by which an answer finds its tenant. `pinned` is all that is believed of the
    provider: for OIDC issuer, endpoints, algorithms and client id; for SAML entity id, address and certificates.
    """

    class Kind(models.TextChoices):
        OIDC = "oidc", "OpenID Connect"
        SAML = "saml", "SAML 2.0"

    class State(models.TextChoices):
        DRAFT = "draft"
        ENABLED = "enabled"
        DISABLED = "disabled"

    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=60)
    provider_id = models.CharField(max_length=80, default=new_provider_id, editable=False)
    hash = models.BinaryField(max_length=32, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    pinned = models.JSONField(default=dict)
    secret = models.TextField(blank=True)
    keys = models.JSONField(default=dict)
    keys_at = models.DateTimeField(null=True)
    groups_claim = models.CharField(max_length=200, default="groups")
    role_map = models.JSONField(default=list)
    default_role = models.CharField(max_length=16, blank=True)
    tested_at = models.DateTimeField(null=True)
    enforced_at = models.DateTimeField(null=True)
    break_glass = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    certificate_ends_at = models.DateTimeField(null=True)
    notified_days = models.PositiveSmallIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    EXPIRES_SOON = timedelta(days=30)

    class Meta(OrgModel.Meta):
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own signature)
        self.hash = credential_hash(self.provider_id)
        super().save(*args, **kwargs)

    @property
    def is_draft(self) -> bool:
        return self.state == Connection.State.DRAFT

    @property
    def is_enabled(self) -> bool:
        return self.state == Connection.State.ENABLED

    @property
    def is_enforced(self) -> bool:
        return self.is_enabled and self.enforced_at is not None

    @property
    def certificate_state(self) -> str:
        """Return "", expiring or expired."""
        if self.certificate_ends_at is None:
            return ""
        left = self.certificate_ends_at - timezone.now()
        return "expired" if left <= timedelta() else "expiring" if left < self.EXPIRES_SOON else ""


class Identity(OrgModel):
    """A subject of a connection is this person: what a sign-in goes by, and never an e-mail address."""

    connection = OrgForeignKey(Connection, on_delete=models.CASCADE, related_name="identities")
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta(OrgModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["org", "connection", "subject"], name="sso_identity_once"),
            models.UniqueConstraint(fields=["org", "connection", "user"], name="sso_person_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} is {self.user_id}"


class SamlAnswer(OrgModel):
    """An assertion that was accepted, once: its row is what refuses it the second time.

    `payload` holds, sealed, what it says until the browser that asked for it comes to fetch it.
    """

    connection = OrgForeignKey(Connection, on_delete=models.CASCADE, related_name="answers")
    assertion_hash = models.BinaryField(max_length=32)
    payload = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta(OrgModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["org", "connection", "assertion_hash"], name="sso_assertion_once")
        ]

    def __str__(self) -> str:
        return f"answer of {self.connection_id}"


def sealed_for(connection: uuid.UUID, what: str) -> str:
    """Return the context under which a field of a connection is sealed."""
    return f"sso_connection|{what}|{current_org_id()}|{connection}"
