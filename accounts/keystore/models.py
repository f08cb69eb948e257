"""The public side of signing keys: who they are and when each signs. The private halves are in the key store."""

from enum import StrEnum

from django.db import models


class State(StrEnum):
    """Where a key stands: published but not signing; signing; published for tokens still alive; gone."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"
    REVOKED = "revoked"


class SigningKey(models.Model):
    """A P-256 key for ES256. It signs from `signs_from` until that of the next key that is not revoked.

    `kid` is its name in the store of `backend`; `x` and `y` are the public coordinates, 32 bytes each.
    """

    kid = models.CharField(primary_key=True, max_length=40)
    backend = models.CharField(max_length=16)
    x = models.BinaryField(max_length=32)
    y = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    signs_from = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-signs_from", "-kid"]

    def __str__(self) -> str:
        return self.kid
