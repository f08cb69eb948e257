"""People and API keys."""

import math
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from tenants.principal import Duty
from tenants.scope import OrgForeignKey, OrgModel


class UserManager(BaseUserManager["User"]):
    """Makes people known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":  # noqa: ANN401
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":  # noqa: ANN401
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do is in their memberships; `is_staff` marks the company's own operators."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class StaffDuty(models.Model):
    """What one of the company's own staff does here besides operating it: ``manage.py duty`` gives and ends it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    duty = models.CharField(max_length=16, choices=[(Duty.FINANCE.value, "Finance")])
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "duty"], name="accounts_staffduty_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.duty}"


class Ending(OrgModel):
    """A key that may have an end, of which people are told at `STAGES`: days before it."""

    expires_at: "models.DateTimeField[Any, datetime | None]"
    revoked_at: "models.DateTimeField[Any, datetime | None]"
    notified_days = models.PositiveSmallIntegerField(null=True, editable=False)
    """The last notice of its end that went out."""

    EXPIRES_SOON = timedelta(days=14)
    STAGES = (7, 1, 0)

    class Meta(OrgModel.Meta):
        abstract = True

    @property
    def state(self) -> str:
        """Return active, expiring, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is None:
            return "active"
        left = self.expires_at - timezone.now()
        return "expired" if left <= timedelta() else "expiring" if left < self.EXPIRES_SOON else "active"

    def take_notice(self) -> int | None:
        """Note that the notice which is due goes out; returns the days left, or nothing where none is due."""
        if self.expires_at is None:
            return None
        left = self.expires_at - timezone.now()
        stage = next((days for days in reversed(self.STAGES) if left <= timedelta(days=days)), None)
        if stage is None or (self.notified_days is not None and self.notified_days <= stage):
            return None
        self.notified_days = stage
        self.save(update_fields=["notified_days"])
        return max(0, math.ceil(left / timedelta(days=1)))


class ApiKey(Ending):
    """The lasting identity of an API key: its name, scopes and limits. What is presented is an `ApiKeySecret`."""

    class Environment(models.TextChoices):
        LIVE = "live"
        TEST = "test"

    name = models.CharField(max_length=80)
    environment = models.CharField(max_length=8, choices=Environment, default=Environment.TEST)
    scopes = ArrayField(models.CharField(max_length=40))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    allowed_addresses = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    requests_per_minute = models.PositiveIntegerField(default=600)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Ending.Meta):
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["org", "-created_at", "id"], name="accounts_apikey_page")]

    def __str__(self) -> str:
        return self.name


class ApiKeySecret(OrgModel):
    """One secret of a key. A rotation adds a second one and lets the first run out at `expires_at`."""

    key = OrgForeignKey(ApiKey, on_delete=models.CASCADE, related_name="secrets")
    hash = models.BinaryField(max_length=32, unique=True)
    prefix = models.CharField(max_length=16)
    last_four = models.CharField(max_length=4)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…{self.last_four}"


class KnownDevice(models.Model):
    """A browser in which somebody signed in before. It is known by a random cookie, of which the hash is here.

    Nothing of the browser, the network or the place is kept: a device says what it is only to whom it belongs, by mail.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    hash = models.BinaryField(max_length=32)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "hash"], name="accounts_knowndevice_once")]

    def __str__(self) -> str:
        return f"device of {self.user_id}, last seen {self.seen_at:%Y-%m-%d}"


class SentNotice(models.Model):
    """A mail that went to a person: what kind, to which address, when. Its id is made from the outbox row that owed it.

    Kinds and addresses only: what a mail said of an organisation is in that organisation's audit log.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    email = models.EmailField()
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-sent_at"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "-sent_at"], name="accounts_notice_page")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.email}"
