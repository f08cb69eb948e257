"""Packs of evidence, their one submission, and the keys that sign them."""

from django.db import models
from django.db.models import F, Q

from billing.disputes.models import DisputeCase
from tenants.scope import OrgForeignKey, OrgModel


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


class EvidencePack(OrgModel):
    """One answer to a dispute: made as of `as_of`, signed, approved by a second person, staged and submitted.

    What is in it never changes (a trigger of migration 0003 sees to it): whoever wants another one voids it. `owed` is
    the work that a worker has yet to do, `due_at` when the sweep takes it up if nobody else does.
    """

    class State(models.TextChoices):
        BUILDING = "building", "Being built"
        READY = "ready", "Ready for approval"
        APPROVED = "approved", "Approved"
        STAGED = "staged", "Staged at Stripe"
        SUBMITTED = "submitted", "Submitted"
        VOID = "void", "Void"

    class Work(models.TextChoices):
        NONE = "", "Nothing"
        BUILD = "build", "Build it"
        STAGE = "stage", "Stage it"
        SUBMIT = "submit", "Submit it"

    case = OrgForeignKey(DisputeCase, on_delete=models.PROTECT, related_name="packs")
    state = models.CharField(max_length=10, choices=State, default=State.BUILDING)
    as_of = models.DateTimeField()
    said = models.JSONField(default=dict)
    """What the preparer added (`facts.Said`)."""
    preparer_id = models.CharField(max_length=40)
    preparer = models.CharField(max_length=120)
    owed = models.CharField(max_length=8, choices=Work, blank=True, default=Work.BUILD)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=80, blank=True)
    error = models.CharField(max_length=300, blank=True)
    manifest = models.JSONField(default=dict)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    kid = models.CharField(max_length=16, blank=True)
    """The key that signed it, and signs its approval."""
    missing = models.JSONField(default=list)
    """What the compelling-evidence programme of the network asks for and the facts do not have."""
    approver_id = models.CharField(max_length=40, blank=True)
    approver = models.CharField(max_length=120, blank=True)
    approval = models.JSONField(null=True)
    files = models.JSONField(default=dict)
    """The ids that Stripe gave to the files, by their fields."""
    count_before = models.PositiveSmallIntegerField(default=0)
    """How often the dispute had been answered when this pack was staged."""
    why = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    built_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    staged_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta(OrgModel.Meta):
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["org", "case"], condition=~Q(state="void"), name="evidence_pack_one_live"),
            models.CheckConstraint(
                condition=Q(approver_id="") | ~Q(approver_id=F("preparer_id")), name="evidence_pack_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "staged", "submitted"))
                | ~Q(approver_id="") & Q(approval__isnull=False, approved_at__isnull=False) & ~Q(manifest_sha256=""),
                name="evidence_pack_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("building", "void")) | ~Q(manifest_sha256="") & ~Q(archive_sha256=""),
                name="evidence_pack_built",
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="evidence_pack_progress"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=~Q(owed=""), name="evidence_pack_due")]

    def __str__(self) -> str:
        return f"pack {self.id} {self.state}"


class Submission(OrgModel):
    """The one answer that is sent: written before the request, once for a case of a type; an inquiry that becomes a
    chargeback is answered anew.
    """

    case = OrgForeignKey(DisputeCase, on_delete=models.PROTECT, related_name="submissions")
    case_type = models.CharField(max_length=16)
    pack = OrgForeignKey(EvidencePack, on_delete=models.PROTECT, related_name="submissions")
    key = models.CharField(max_length=200)
    begun_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(OrgModel.Meta):
        ordering = ["-begun_at", "id"]
        constraints = [models.UniqueConstraint(fields=["org", "case", "case_type"], name="evidence_submission_once")]

    def __str__(self) -> str:
        return self.key
