"""A trial's states, as Stripe's objects and people move them. What is open follows from them in `entitling`.

The bank's word decides: a trial opens its plan once its card is verified, and one whose verification failed, was given
up or waited for a day opens nothing until it is made good or the trial is given up.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from audit.events import Event
from audit.outbox import post
from audit.record import Actor, record_event
from billing.catalogue.models import Interval, PlanVersion
from billing.payments.moments import moment
from billing.processor.accounts import STRIPE
from billing.subscriptions import traces
from billing.subscriptions.cards import Card, fetched
from billing.subscriptions.mails import tell_of_trial
from billing.subscriptions.models import CheckoutVisit, Refusal, SubscriptionState, Trial
from billing.subscriptions.traces import Applicant
from tenants.guard import Grant
from tenants.permissions import Permission

SYSTEM = Actor("system", "trials", "Trials")
PATIENCE = timedelta(hours=24)
"""How long a bank's confirmation is waited for."""
END_TOPIC, CARD_TOPIC = "subscriptions.end", "subscriptions.card"
State, Failure, Status = Trial.State, Trial.Failure, SubscriptionState.Status


def refusal(applicant: Applicant) -> Refusal | None:
    """Return why the open organisation gets no trial now, if it does not."""
    had_one = SubscriptionState.objects.exclude(status=Status.INCOMPLETE_EXPIRED)
    open_one = Trial.objects.filter(state__in=Trial.OPEN).values("subscription_id")
    if had_one.exclude(stripe_id__in=open_one).exclude(status=Status.INCOMPLETE).exists():
        return Refusal.SAME_ORGANIZATION
    return traces.found(applicant)


def begin(grant: Grant, plan: PlanVersion, interval: Interval, applicant: Applicant) -> Trial:
    """Write down that a trial is wanted, and the decision; the caller looks at its state.

    One that is open goes on: whoever was at Checkout before has one trial, not two.
    """
    grant.must_be(Permission.BILLING_CHANGE)
    now = timezone.now()
    trial: Trial = _open() or Trial(state=State.STARTED, since=now, started_at=now)
    trial.plan, trial.interval = plan, interval
    trial.person_id, trial.device_hash = applicant.person_id, applicant.device
    why = refusal(applicant)
    if why is not None:
        _refuse(trial, why, grant.actor())
    trial.save()
    return trial


def give_up(grant: Grant) -> Trial | None:
    """End the open trial as somebody of the organisation who wants none; what it has at Stripe is ended soon after."""
    grant.must_be(Permission.BILLING_CHANGE)
    trial = _open()
    if trial is None:
        return None
    if trial.subscription_id:
        post(END_TOPIC, {"subscription": trial.subscription_id})
    _move(trial, State.ENDED if trial.subscription_id else State.ABANDONED)
    record_event(Event.TRIAL_GIVEN_UP, grant.actor(), f"trial/{trial.id}", str(trial), decision_id=grant.decision_id)
    return trial


def follow(row: SubscriptionState, card: Card | None) -> None:
    """Move the trial that a subscription belongs to, where there is one."""
    trial = _of(row)
    if trial is None or trial.state not in Trial.OPEN:
        return
    if row.status == Status.TRIALING:
        if row.verified and card is not None:
            _run(trial, card)
        elif trial.state == State.STARTED:
            _move(trial, State.VERIFYING)
    elif row.status in {Status.ACTIVE, Status.PAST_DUE}:
        _move(trial, State.CONVERTED)
    elif row.status != Status.INCOMPLETE:
        _move(trial, State.ENDED)


def hear(intent: Mapping[str, Any]) -> None:
    """Move the open trial by what came of verifying a card, as a setup intent says it now."""
    trial = _open()
    if trial is None:
        return
    begun = moment(intent["created"])
    if intent["status"] == "succeeded":
        _verified(trial, begun, intent["payment_method"])
    elif _counts(trial, begun):
        if intent["status"] == "canceled":
            _fail(trial, Failure.CANCELED)
        elif intent["last_setup_error"]:
            _fail(trial, Failure.FAILED)
        elif intent["status"] in {"requires_action", "processing"} and trial.state == State.STARTED:
            _move(trial, State.VERIFYING)


def end_stale() -> int:
    """Turn off the open organisation's trial if the bank's confirmation was waited for long enough."""
    stale = Trial.objects.select_for_update().filter(state=State.VERIFYING, since__lte=timezone.now() - PATIENCE)
    for trial in stale:
        _fail(trial, Failure.STALE)
    return len(stale)


def abandon(session_id: str) -> None:
    """Forget a trial whose Checkout, its last one, ran out before the bank was asked anything."""
    last = CheckoutVisit.objects.first()
    if last is None or last.session_id != session_id:
        return
    for trial in Trial.objects.select_for_update().filter(state=State.STARTED, subscription_id=""):
        _move(trial, State.ABANDONED)


def _open() -> Trial | None:
    trial: Trial | None = Trial.objects.select_for_update().filter(state__in=Trial.OPEN).first()
    return trial


def _of(row: SubscriptionState) -> Trial | None:
    """Return a subscription's trial: its own, the one that was asked for, or one that somebody made at Stripe."""
    trials = Trial.objects.select_for_update()
    trial: Trial | None = trials.filter(subscription_id=row.stripe_id).first()
    if trial is not None or row.status != Status.TRIALING:
        return trial
    if row.plan is None:
        return None
    trial = trials.filter(state__in=Trial.OPEN, subscription_id="").first() or _unasked(row)
    trial.subscription_id = row.stripe_id
    trial.save()
    return trial


def _unasked(row: SubscriptionState) -> Trial:
    """Return a trial that came without being open here: of an older Checkout, or made at Stripe."""
    now = timezone.now()
    visit = CheckoutVisit.objects.filter(purpose=CheckoutVisit.Purpose.TRIAL).first()
    trial = Trial(plan=row.plan, interval=row.interval, state=State.STARTED, since=now, started_at=now)
    trial.person_id = visit.person_id if visit else None
    return trial


def _counts(trial: Trial, begun: datetime) -> bool:
    """Tell whether a verification that did not succeed is the one that the trial waits for, and not an older one."""
    if trial.verified_at is not None and begun <= trial.verified_at:
        return False
    if trial.state != State.RUNNING:
        return True
    return not SubscriptionState.objects.filter(stripe_id=trial.subscription_id, verified=True).exists()


def _verified(trial: Trial, begun: datetime, method: str) -> None:
    if trial.verified_at is None or trial.verified_at < begun:
        trial.verified_at = begun
        trial.save(update_fields=["verified_at"])
    if trial.state not in {State.OFF, State.VERIFYING}:
        return
    if not trial.subscription_id:
        _move(trial, State.STARTED)
    elif (card := fetched(method)) is not None:
        post(CARD_TOPIC, {"subscription": trial.subscription_id, "method": method})
        _run(trial, card)


def _run(trial: Trial, card: Card) -> None:
    if trial.state == State.RUNNING:
        return
    if why := traces.leave(_applicant(trial, card)):
        post(END_TOPIC, {"subscription": trial.subscription_id})
        _refuse(trial, why, SYSTEM)
        trial.save()
        tell_of_trial(trial)
        return
    _move(trial, State.RUNNING)
    record_event(Event.TRIAL_RUNS, STRIPE, f"trial/{trial.id}", str(trial))


def _applicant(trial: Trial, card: Card) -> Applicant:
    person = User.objects.filter(pk=trial.person_id).first() if trial.person_id else None
    applicant = Applicant(card=card.fingerprint, device=trial.device_hash)
    return replace(applicant, person_id=person.pk, email=person.email) if person else applicant


def _fail(trial: Trial, failure: Trial.Failure) -> None:
    if trial.state == State.STARTED and failure is Failure.CANCELED and not trial.subscription_id:
        _move(trial, State.ABANDONED)  # nothing had begun that could be taken away
        return
    if trial.state == State.OFF:
        return
    trial.failure = failure
    _move(trial, State.OFF)
    record_event(Event.TRIAL_OFF, STRIPE, f"trial/{trial.id}", str(trial), because=failure.value)
    tell_of_trial(trial)


def _refuse(trial: Trial, why: Refusal, actor: Actor) -> None:
    trial.refusal, trial.state, trial.since = why, State.REFUSED, timezone.now()
    record_event(Event.TRIAL_REFUSED, actor, f"trial/{trial.id}", str(trial), because=why.value)


def _move(trial: Trial, state: Trial.State) -> None:
    trial.state, trial.since = state, timezone.now()
    if state not in Trial.OPEN:
        trial.device_hash = ""
    if state != State.OFF:
        trial.failure = ""
    trial.save()
