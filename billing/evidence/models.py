"""Keys that sign packs."""

from django.db import models


class EvidenceKey(models.Model):
    """An Ed25519 key: `kid` is made from the public half, `wrapped` is the private one as the key store wrapped it."""

    kid = models.CharField(primary_key=True, max_length=16)
    public = models.BinaryField(max_length=32)
    wrapped = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.kid
