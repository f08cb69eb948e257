"""What an organisation has bought, as Stripe said last, how it got there, and trials. Moments are Stripe's in UTC.

The rows are the truth about what is open to an organisation: nothing else asks Stripe, or dj-stripe, about it.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.catalogue.models import Interval, PlanVersion
from billing.payments.models import STRIPE_ID
from tenants.scope import OrgModel

INTERVALS = Interval.choices


class SubscriptionState(OrgModel):
    """A subscription as it stood when it was last fetched; of a card what a receipt shows, never its id."""

    class Status(models.TextChoices):
        INCOMPLETE = "incomplete", "waits for its first payment"
        INCOMPLETE_EXPIRED = "incomplete_expired", "never paid"
        TRIALING = "trialing", "on trial"
        ACTIVE = "active"
        PAST_DUE = "past_due", "payment due"
        UNPAID = "unpaid"
        PAUSED = "paused"
        CANCELED = "canceled", "ended"

    ENDED: ClassVar = (Status.CANCELED, Status.INCOMPLETE_EXPIRED)
    RUNNING: ClassVar = (Status.TRIALING, Status.ACTIVE, Status.PAST_DUE, Status.UNPAID, Status.PAUSED)

    stripe_id = models.CharField(max_length=STRIPE_ID)
    item_id = models.CharField(max_length=STRIPE_ID)
    schedule_id = models.CharField(max_length=STRIPE_ID, blank=True)
    status = models.CharField(max_length=20, choices=Status)
    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="+")
    """Absent where Stripe names a price that is none of ours: that opens what the free plan opens."""
    interval = models.CharField(max_length=8, choices=INTERVALS, blank=True)
    next_plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="+")
    """The smaller plan that it becomes at the end of the period."""
    next_interval = models.CharField(max_length=8, choices=INTERVALS, blank=True)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    trial_end = models.DateTimeField(null=True)
    cancel_at_period_end = models.BooleanField()
    ended_at = models.DateTimeField(null=True)
    verified = models.BooleanField()
    """Whether a payment method is there, and nothing about it waits for the bank."""
    card_brand = models.CharField(max_length=40, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    card_expires = models.CharField(max_length=7, blank=True)
    """Month and year, ``12/2034``."""
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(auto_now=True)
    revision = models.PositiveIntegerField(default=0)
    """Counts what changed; an act on the subscription is one act as long as it has not moved."""

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "stripe_id"], name="subscriptions_state_once"),
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.status}"


class CheckoutVisit(OrgModel):
    """Somebody was led to Stripe's pages: who, from where, having accepted what. Append-only: it is evidence."""

    class Purpose(models.TextChoices):
        SUBSCRIBE = "subscribe", "to subscribe"
        TRIAL = "trial", "to begin a trial"
        CARD = "card", "to verify a payment method"

    number = models.PositiveIntegerField()
    purpose = models.CharField(max_length=12, choices=Purpose)
    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    interval = models.CharField(max_length=8, choices=INTERVALS)
    at = models.DateTimeField()
    person_id = models.UUIDField()
    email = models.EmailField(max_length=254)
    """The account's, as it was then."""
    address = models.GenericIPAddressField(null=True)
    device_hash = models.CharField(max_length=64, blank=True)
    """The browser's, as `accounts.models.KnownDevice` has it for the same person; "" for one without the cookie."""
    browser = models.CharField(max_length=80, blank=True)
    terms_version = models.CharField(max_length=20)
    cancellation_version = models.CharField(max_length=20)
    refunds_version = models.CharField(max_length=20)
    session_id = models.CharField(max_length=STRIPE_ID)

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "number"], name="subscriptions_visit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.get_purpose_display()}"


class Refusal(models.TextChoices):
    """Why there is no second trial; the page says no more than this."""

    SAME_ORGANIZATION = "same_organization", "This organisation had its trial."
    SAME_PERSON = "same_person", "You had a trial in another organisation."
    SAME_MAILBOX = "same_mailbox", "This e-mail address was used for a trial."
    SAME_DOMAIN = "same_domain", "Somebody of your e-mail domain had a trial lately."
    SAME_DEVICE = "same_device", "This browser was used for a trial."
    SAME_CARD = "same_card", "This card was used for a trial."


class Trial(OrgModel):
    """A trial from the wish for one to its end. It opens a plan while it is `RUNNING` and at no other time."""

    class State(models.TextChoices):
        STARTED = "started", "was led to Checkout"
        VERIFYING = "verifying", "waits for the bank"
        RUNNING = "running", "runs"
        OFF = "off", "not verified"
        CONVERTED = "converted", "became a paid plan"
        ENDED = "ended", "ended"
        ABANDONED = "abandoned", "was not begun"
        REFUSED = "refused", "was refused"

    OPEN: ClassVar = (State.STARTED, State.VERIFYING, State.RUNNING, State.OFF)

    class Failure(models.TextChoices):
        """Why a verification did not come about."""

        FAILED = "failed", "The bank did not confirm the card."
        STALE = "stale", "The bank's confirmation was not given within 24 hours."
        CANCELED = "canceled", "The verification of the card was cancelled."

    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    interval = models.CharField(max_length=8, choices=INTERVALS)
    state = models.CharField(max_length=12, choices=State)
    since = models.DateTimeField()
    refusal = models.CharField(max_length=20, choices=Refusal, blank=True)
    failure = models.CharField(max_length=12, choices=Failure, blank=True)
    subscription_id = models.CharField(max_length=STRIPE_ID, blank=True)
    person_id = models.UUIDField(null=True)
    """Who wanted it; absent where it was made at Stripe."""
    device_hash = models.CharField(max_length=64, blank=True)
    """The browser's for whoever uses it, kept as long as the trial is open."""
    verified_at = models.DateTimeField(null=True)
    """When the newest verification that succeeded was begun: what an older one says is past."""
    started_at = models.DateTimeField()

    class Meta(OrgModel.Meta):
        ordering: ClassVar = ["-started_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org"],
                condition=Q(state__in=["started", "verifying", "running", "off"]),
                name="subscriptions_trial_open_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["since"], condition=Q(state="verifying"), name="subscriptions_trial_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.state}"


class TrialTrace(models.Model):
    """A keyed hash of what a trial was begun with, and one of whose it was: nothing of either can be read from it.

    Every organisation's trials are held against it, which is why it belongs to none.
    """

    class Kind(models.TextChoices):
        PERSON = "person"
        MAILBOX = "mailbox"
        DOMAIN = "domain"
        DEVICE = "device"
        CARD = "card"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    term = models.BinaryField(max_length=32)
    subject = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "term"], name="subscriptions_trace_once"),
        ]

    def __str__(self) -> str:
        return self.kind
