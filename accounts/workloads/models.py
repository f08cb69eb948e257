"""Service identities, the keys they prove themselves with, the issuers they trust, and the proofs already used."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import ApiKey, Ending, User
from tenants.scope import OrgForeignKey, OrgModel


class Preset(models.TextChoices):
    """Where a workload's tokens come from; it changes what a page explains, never what is checked."""

    GITHUB = "github", "GitHub Actions"
    GITLAB = "gitlab", "GitLab CI/CD"
    KUBERNETES = "kubernetes", "Kubernetes"
    GOOGLE = "google", "Google Cloud"
    AWS = "aws", "AWS"
    AZURE = "azure", "Microsoft Entra ID"
    OTHER = "other", "Another OpenID Connect issuer"


class ServiceIdentity(OrgModel):
    """A program that calls the API as itself. `owner` is the member who answers for it: it acts with their live role.

    `hash` is that of `client_id`: presenting the id opens the tenant it belongs to, so that its keys can be looked up.
    Tokens that were issued before `tokens_from` are refused, and those bound to no key of one that is `dpop_only`.
    """

    client_id = models.CharField(max_length=40)
    hash = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    environment = models.CharField(max_length=8, choices=ApiKey.Environment, default=ApiKey.Environment.TEST)
    scopes = ArrayField(models.CharField(max_length=40))
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requests_per_minute = models.PositiveIntegerField(default=600)
    dpop_only = models.BooleanField(default=False)
    tokens_from = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["org", "-created_at", "id"], name="workloads_service_page")]

    def __str__(self) -> str:
        return self.name


class Proof(OrgModel):
    """What a key and a trusted issuer have in common: they prove who a service is, until they are revoked."""

    service = OrgForeignKey(ServiceIdentity, on_delete=models.CASCADE, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        abstract = True
        ordering = ["-created_at", "id"]


class ServiceKey(Ending, Proof):
    """The public half of a key. `algorithm` is fixed when it is added: what a token's header says is only compared.

    `kid` is the key's RFC 7638 thumbprint.
    """

    class Origin(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded"
        GENERATED = "generated", "Made here"

    kid = models.CharField(max_length=43)
    algorithm = models.CharField(max_length=8)
    jwk = models.JSONField()
    origin = models.CharField(max_length=10, choices=Origin)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(Proof.Meta):
        constraints = [models.UniqueConstraint(fields=["org", "service", "kid"], name="workloads_servicekey_once")]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:12]}…"


class TrustedIssuer(Proof):
    """An OpenID Connect issuer of which certain tokens stand for the service: everything here is compared exactly.

    `subject` may end in one ``*``; `claims` are further conditions: a list of ``{"name": …, "value": …}``.
    """

    name = models.CharField(max_length=80)
    preset = models.CharField(max_length=12, choices=Preset, default=Preset.OTHER)
    issuer = models.CharField(max_length=400)
    jwks_url = models.CharField(max_length=400)
    audience = models.CharField(max_length=400)
    algorithms = ArrayField(models.CharField(max_length=8))
    subject = models.CharField(max_length=400)
    claims = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return self.name


class UsedAssertion(OrgModel):
    """A client assertion that was accepted, until it would have expired: its `jti` opens nothing a second time."""

    service = OrgForeignKey(ServiceIdentity, on_delete=models.CASCADE, related_name="+")
    jti_hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["org", "service", "jti_hash"], name="workloads_usedassertion_once")
        ]

    def __str__(self) -> str:
        return f"used until {self.expires_at:%H:%M:%S}"
