"""Disputes of a tenant's payments, what was done about each, early fraud warnings, and what a lost one leaves owed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing.disputes.states import FREEZES, OPEN, OVER, CaseType, State, Status
from tenants.scope import OrgForeignKey, OrgModel

_STATUSES = [(status.value, status.value.replace("_", " ")) for status in Status]


class DisputeCase(OrgModel):
    """One dispute of Stripe's. `status`, `due_at` and what follows are as Stripe last said, at `heard_at`.

    `state` is moved by `billing.disputes.cases` alone. `amount_cents` is in the smallest unit of `currency`.
    """

    stripe_id = models.CharField(max_length=255)
    charge_id = models.CharField(max_length=255)
    payment_intent_id = models.CharField(max_length=255, blank=True)
    case_type = models.CharField(max_length=16, choices=CaseType)
    reason = models.CharField(max_length=40)
    network_reason_code = models.CharField(max_length=16, blank=True)
    card_brand = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=32, choices=_STATUSES)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    due_at = models.DateTimeField(null=True)
    """Until when it can be answered; none where it cannot."""
    state = models.CharField(max_length=16, choices=State, default=State.DETECTED)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField()
    enhanced_eligibility = models.JSONField(default=dict)
    enhanced_types = ArrayField(models.CharField(max_length=60), default=list)
    submission_count = models.PositiveSmallIntegerField(default=0)
    fee_acknowledged_at = models.DateTimeField(null=True)
    """When two people agreed to pay a card network's fee for a compliance case."""
    told_hours = models.SmallIntegerField(null=True)
    """The last rung of the ladder that was told: hours that were left, 0 once none were."""
    missed = models.CharField(max_length=200, blank=True)
    """Why the deadline passed without an answer."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["-opened_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["org", "stripe_id"], name="disputes_case_once"),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="disputes_case_amount"),
        ]
        indexes = [
            models.Index(fields=["org", "-opened_at", "id"], name="disputes_case_page"),
            models.Index(fields=["due_at"], condition=Q(state__in=OPEN), name="disputes_case_due"),
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.state}"

    @property
    def cause(self) -> str:
        """Return the cause of its freeze and the name of its hold."""
        return f"dispute:{self.stripe_id}"

    @property
    def freezes(self) -> bool:
        """Tell whether it takes the tenant's use away."""
        return self.case_type in FREEZES

    @property
    def is_open(self) -> bool:
        """Tell whether it can still be answered."""
        return self.state in OPEN

    @property
    def is_over(self) -> bool:
        """Tell whether it is decided."""
        return self.state in OVER


class DisputeStep(OrgModel):
    """Something that happened to a case. Append-only; `key` makes what may happen once happen once."""

    case = OrgForeignKey(DisputeCase, on_delete=models.PROTECT, related_name="steps")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=32)
    text = models.CharField(max_length=300)
    before = models.CharField(max_length=16, blank=True)
    after = models.CharField(max_length=16, blank=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=255)
    actor_label = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["org", "case", "key"], name="disputes_step_once")]
        indexes = [models.Index(fields=["org", "case", "at", "id"], name="disputes_step_page")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"


class Proposal(OrgModel):
    """What takes two people: one proposes, another one decides. What was decided is not decided again."""

    class Kind(models.TextChoices):
        ACCEPT = "accept", "Accept the dispute"
        LIFT = "lift", "Lift the freeze"
        FEE = "fee", "Pay the network's fee"

    class Outcome(models.TextChoices):
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    case = OrgForeignKey(DisputeCase, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=8, choices=Kind)
    why = models.CharField(max_length=300)
    proposer_id = models.CharField(max_length=40)
    proposer = models.CharField(max_length=120)
    proposed_at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    decider_id = models.CharField(max_length=40, blank=True)
    decider = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta(OrgModel.Meta):
        ordering = ["-proposed_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="approved") | ~Q(decider_id=F("proposer_id")), name="disputes_proposal_two_people"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decider_id="", decided_at=None)
                | ~Q(outcome="") & ~Q(decider_id="") & Q(decided_at__isnull=False),
                name="disputes_proposal_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["org", "case", "kind"], condition=Q(outcome=""), name="disputes_proposal_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"


class FraudWarning(OrgModel):
    """A card network's early word that a payment was fraud: most become disputes, and only a full refund prevents that.

    `act_by` is when we mean to have decided; `proposed_cents` the refund that is proposed: all that is left of the
    payment.
    """

    class Outcome(models.TextChoices):
        REFUNDED = "refunded", "Refunded in full"
        KEPT = "kept", "Kept: the payment is good"
        DISPUTED = "disputed", "It became a dispute"
        CLOSED = "closed", "No longer actionable"

    stripe_id = models.CharField(max_length=255)
    charge_id = models.CharField(max_length=255)
    fraud_type = models.CharField(max_length=40)
    proposed_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    warned_at = models.DateTimeField()
    act_by = models.DateTimeField()
    told_hours = models.SmallIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrgModel.Meta):
        ordering = ["-warned_at", "id"]
        constraints = [models.UniqueConstraint(fields=["org", "stripe_id"], name="disputes_warning_once")]
        indexes = [models.Index(fields=["act_by"], condition=Q(outcome=""), name="disputes_warning_due")]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.outcome or 'open'}"

    @property
    def cause(self) -> str:
        """Return the cause of its pause."""
        return f"warning:{self.stripe_id}"


class Debt(OrgModel):
    """What a lost dispute leaves owed; the freeze stays until it is paid."""

    case = OrgForeignKey(DisputeCase, on_delete=models.PROTECT, related_name="debts")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    invoice_id = models.CharField(max_length=255, blank=True)
    hosted_url = models.CharField(max_length=2000, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True)
    """When nothing was owed any more: the bank changed its decision, or two people lifted the freeze."""

    class Meta(OrgModel.Meta):
        ordering = ["-opened_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["org", "case"], condition=Q(void_at=None), name="disputes_debt_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="disputes_debt_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} {self.currency} of {self.case_id}"
