"""Invoices whose payment failed, and every try to be paid after all."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.payments.models import InvoiceState
from billing.recovery.declines import Decline
from billing.vault.fields import SealedIdField
from tenants.scope import OrgForeignKey, OrgModel


class _Declined(OrgModel):
    """What the bank said, and of which card: its hash as `billing.payments` makes it, and what a receipt shows."""

    decline_code = models.CharField(max_length=60, blank=True)
    advice_code = models.CharField(max_length=40, blank=True)
    network_advice = models.CharField(max_length=40, blank=True)
    network_code = models.CharField(max_length=40, blank=True)
    card_hash = models.CharField(max_length=64, blank=True)
    card_brand = models.CharField(max_length=40, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    card_country = models.CharField(max_length=2, blank=True)

    class Meta(OrgModel.Meta):
        abstract = True

    @property
    def decline(self) -> Decline:
        """The bank's word as it is weighed."""
        return Decline(self.decline_code, self.advice_code, self.network_advice, self.network_code, self.card_country)

    @property
    def codes(self) -> str:
        """What the bank and the network said, as codes; "" where they said nothing."""
        said = (self.decline_code, self.advice_code, self.network_advice, self.network_code)
        return " · ".join(code for code in said if code)

    @property
    def card(self) -> str:
        """How people know the card; "" where none was charged."""
        return f"{self.card_brand.title()} ending in {self.card_last4}" if self.card_last4 else ""


class RecoveryCase(_Declined):
    """An invoice whose payment failed. The decline is the last one of the card that is usually charged.

    `wake_at` is when the sweep has something to do for it: look at Stripe, try, remind or give up. Whoever works on a
    case moves it into the future first, so that no two do.
    """

    class State(models.TextChoices):
        LOOKING = "looking", "Being looked at"
        RETRYING = "retrying", "Tried again by itself"
        ASKING = "asking", "Waits for a card that pays"
        CONFIRMING = "confirming", "Waits for the cardholder to confirm"
        RECOVERED = "recovered", "Paid after all"
        GIVEN_UP = "given_up", "Given up"
        STOPPED = "stopped", "Stopped by hand"
        CLOSED = "closed", "Not owed any more"

    class By(models.TextChoices):
        RETRY = "retry", "by another try"
        BACKUP = "backup", "by another stored card"
        NEW_CARD = "new_card", "by a new card"
        CUSTOMER = "customer", "by the customer, on Stripe's page"

    invoice = OrgForeignKey(InvoiceState, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.LOOKING)
    failed_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    wake_at = models.DateTimeField(null=True)
    told = models.CharField(max_length=12, blank=True)
    """The state that the last mail told of."""
    reminded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    recovered_by = models.CharField(max_length=12, choices=By, blank=True)

    class Meta(_Declined.Meta):
        ordering: ClassVar = ["-failed_at", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["org", "invoice"], name="recovery_case_once")]
        indexes: ClassVar = [
            models.Index(fields=["org", "-failed_at", "id"], name="recovery_case_page"),
            models.Index(fields=["-failed_at", "id"], name="recovery_case_desk"),
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False), name="recovery_case_due"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.state}"

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still works on it."""
        return self.state in OPEN

    @property
    def lapses(self) -> bool:
        """Tell whether it is given up when its time is over."""
        return self.state in LAPSING

    @property
    def attempts_made(self) -> int:
        """How many tries there were, the first payment included."""
        never = (RecoveryAttempt.State.PLANNED, RecoveryAttempt.State.DROPPED)
        return sum(each.state not in never for each in self.attempts.all())

    @property
    def next_try(self) -> datetime | None:
        """When it is tried again, if that is planned."""
        return next((each.due_at for each in self.attempts.all() if each.state == RecoveryAttempt.State.PLANNED), None)


OPEN = (
    RecoveryCase.State.LOOKING.value,
    RecoveryCase.State.RETRYING.value,
    RecoveryCase.State.ASKING.value,
    RecoveryCase.State.CONFIRMING.value,
)
LAPSING = (*OPEN, RecoveryCase.State.STOPPED.value)
"""States that end with the plan switched off, if nobody pays in time."""
OWED = (*OPEN, RecoveryCase.State.GIVEN_UP.value, RecoveryCase.State.STOPPED.value)
"""States in which the invoice may still be paid."""


class RecoveryAttempt(_Declined):
    """One try to be paid; the row is committed before Stripe is asked. Number 1 is the charge that failed first."""

    class Kind(models.TextChoices):
        FIRST = "first", "The payment itself"
        RETRY = "retry", "Another try"
        BACKUP = "backup", "Another stored card"
        NEW_CARD = "new_card", "A new card"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        RUNNING = "running", "Asked Stripe"
        PAID = "paid", "Paid"
        DECLINED = "declined", "Declined"
        CONFIRM = "confirm", "The bank wants a confirmation"
        FAILED = "failed", "No answer that counts"
        DROPPED = "dropped", "Not needed any more"

    case = OrgForeignKey(RecoveryCase, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    method = SealedIdField(blank=True)
    """The payment method to charge; "" for the one that Stripe charges by itself. Of the first: what was charged."""
    asked_by = models.CharField(max_length=120, blank=True)
    """Who of the staff wanted it now; "" for the schedule."""
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(_Declined.Meta):
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "case", "number"], name="recovery_attempt_once"),
            models.UniqueConstraint(
                fields=["org", "case"], condition=Q(state__in=("planned", "running")), name="recovery_attempt_one_ahead"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["org", "card_hash", "finished_at"], name="recovery_attempt_card")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}: {self.state}"
