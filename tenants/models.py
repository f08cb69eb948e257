"""Organisations, who belongs to them and who is invited."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models

from tenants.permissions import Role
from tenants.scope import OrgManager, OrgModel, ScopeMissing, ScopeViolation, current_org_id, current_scope


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Organisations are written one at a time, each while it is the open one."""

    def bulk_create(self, objs: Iterable["Organization"], *args: Any, **kwargs: Any) -> list["Organization"]:  # noqa: ANN401
        raise ScopeViolation("Only the open organisation can be written.")


class OrganizationManager(models.Manager["Organization"]):
    """The open organisation, or those the open person belongs to; raises where neither is open."""

    def get_queryset(self) -> models.QuerySet["Organization"]:
        scope = current_scope()
        rows = OrganizationQuerySet(self.model, using=self._db)
        if scope.org_id is not None:
            return rows.filter(id=scope.org_id)
        if scope.user_id is not None:
            return rows.filter(id__in=Membership.of_person.values("org_id"))
        raise ScopeMissing("No organisation and no person is open.")


class Organization(models.Model):
    """A tenant. Its slug ends in random characters, so that choosing a name tells nothing of other tenants."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"

    class BillingStatus(models.TextChoices):
        """What its payments open: all, or only its pages (``frozen``: one is disputed; ``lapsed``: none stands)."""

        ACTIVE = "active"
        FROZEN = "frozen"
        LAPSED = "lapsed"
        PAUSED = "paused", "paused: used as before, and nothing more is bought"

    class Environment(models.TextChoices):
        SANDBOX = "sandbox"
        PRODUCTION = "production"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=64, unique=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    environment = models.CharField(max_length=16, choices=Environment, default=Environment.SANDBOX)
    requests_per_minute = models.PositiveIntegerField(default=6000)
    billing_status = models.CharField(max_length=16, choices=BillingStatus, default=BillingStatus.ACTIVE)
    seats = models.PositiveIntegerField(null=True, blank=True)
    """The members it may have, `None` for any number; follows its plan, as the two beside it do."""
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationManager()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own signature)
        if self.id != current_org_id():
            raise ScopeViolation("Only the open organisation can be written.")
        super().save(*args, **kwargs)

    @property
    def standing(self) -> str:
        """Return ``active``, or why it is not: ``suspended`` goes before what its payments say."""
        return self.billing_status if self.status == self.Status.ACTIVE else self.status


class PersonManager(models.Manager["Membership"]):
    """The open person's memberships in every organisation."""

    def get_queryset(self) -> models.QuerySet["Membership"]:
        user_id = current_scope().user_id
        if user_id is None:
            raise ScopeMissing("No person is open.")
        return super().get_queryset().filter(user_id=user_id)


class Membership(OrgModel):
    """A person's place in an organisation."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    source = models.CharField(max_length=16, default="invitation")
    last_active_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: OrgManager[Any] = OrgManager()
    of_person = PersonManager()

    class Meta(OrgModel.Meta):
        constraints = [models.UniqueConstraint(fields=["org", "user"], name="tenants_membership_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class Invitation(OrgModel):
    """An offer of a role to whoever proves the e-mail address; the token itself is only in the mail."""

    email = models.EmailField()
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    hash = models.BinaryField(max_length=32, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


class DirectoryTerm(models.Model):
    """A keyed hash of an organisation's name, slug or id.

    The guard uses it to recognise other tenants in a text. Only hashes are stored (``tenants.directory``), so this one
    table may be read without a tenant and still tells nothing.
    """

    class Kind(models.TextChoices):
        IDENTIFIER = "identifier"
        NAME = "name"

    term = models.BinaryField(max_length=16)
    subject = models.BinaryField(max_length=16)
    kind = models.CharField(max_length=16, choices=Kind)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["term", "subject"], name="tenants_directoryterm_once")]

    def __str__(self) -> str:
        return self.kind
