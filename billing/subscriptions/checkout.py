"""To Stripe's pages and back: Checkout to subscribe or to verify a card, the portal for cards and invoices.

No card ever touches a page of ours. Who was led there, from where and after accepting what, is kept as evidence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.devices import device_hash
from accounts.models import User
from audit.events import Event
from audit.record import record_event
from billing.catalogue.models import Interval, PlanVersion
from billing.catalogue.stripe_prices import price_id
from billing.payments.invoices import id_of
from billing.processor.accounts import customer_id
from billing.processor.client import as_json, client
from billing.processor.operations import perform_anew
from billing.subscriptions import legal, trials
from billing.subscriptions.entitling import current, settle
from billing.subscriptions.models import CheckoutVisit, Refusal, SubscriptionState, Trial
from billing.subscriptions.traces import Applicant, device_mark
from tenants.guard import Grant
from tenants.models import Organization
from tenants.permissions import Permission

Params = dict[str, Any]
Purpose = CheckoutVisit.Purpose
HOSTS = ("https://checkout.stripe.com", "https://billing.stripe.com")
"""Where Stripe's own pages are."""
SAME_VISIT = timedelta(minutes=30)
"""Who asks again within this time is led to the same Checkout."""
_COMPARED = (
    *("purpose", "plan_id", "interval", "person_id", "email", "address", "device_hash", "browser"),
    *("terms_version", "cancellation_version", "refunds_version"),
)
OPEN_FOR = timedelta(hours=24)
"""How long Stripe keeps a Checkout open."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, by what their browser sent: `device` is the text of its cookie, `browser` its family and system."""

    user_id: UUID
    email: str
    address: str | None
    device: str
    browser: str

    def applicant(self) -> Applicant:
        """Return what a trial is compared by."""
        return Applicant(self.user_id, self.email, device_mark(self.device))


@dataclass(frozen=True, slots=True)
class Order:
    """A plan for an interval, as it was offered: with a trial or without."""

    plan: PlanVersion
    interval: Interval
    trial: bool = False


def trial_refusal(plan: PlanVersion, visitor: Visitor) -> Refusal | None:
    """Return why an order of a plan that has a trial would be without one, if it would."""
    return trials.refusal(visitor.applicant()) if plan.trial_days else None


@transaction.atomic
def subscribe(grant: Grant, order: Order, visitor: Visitor) -> str | Refusal:
    """Lead to Checkout and return its address; or the reason why the trial that was offered is refused.

    Raises `ValidationError` where there is a subscription already, or the organisation is frozen.
    """
    grant.must_be(Permission.BILLING_CHANGE)
    organization = Organization.objects.select_for_update(no_key=True).get()  # one at a time: two clicks are one visit
    if organization.billing_status == Organization.BillingStatus.FROZEN:
        raise ValidationError("The organisation is frozen: a plan can be chosen once the freeze ends.")
    if current() is not None:
        raise ValidationError("There is a subscription already: change that one.")
    if not order.plan.is_paid:
        raise ValidationError("The free plan is not bought.")
    refused = _begin_trial(grant, order, visitor) if order.plan.trial_days else None
    if refused and order.trial:
        return refused
    granted = order.plan.trial_days > 0 and refused is None
    purpose = Purpose.TRIAL if granted else Purpose.SUBSCRIBE
    return _lead(grant, purpose, order, visitor, _subscribing(order, granted))


@transaction.atomic
def verify(grant: Grant, visitor: Visitor) -> str:
    """Lead to Checkout again so that a trial's card is verified; raises `ValidationError` where none waits for that."""
    grant.must_be(Permission.BILLING_CHANGE)
    Organization.objects.select_for_update(no_key=True).get()
    waiting = (Trial.State.OFF, Trial.State.VERIFYING, Trial.State.STARTED)
    trial: Trial | None = Trial.objects.filter(state__in=waiting).first()
    if trial is None:
        raise ValidationError("No trial waits for a card.")
    order = Order(trial.plan, Interval(trial.interval), trial=True)
    if not trial.subscription_id:
        return _lead(grant, Purpose.TRIAL, order, visitor, _subscribing(order, granted=True))
    setting_up = {"mode": "setup", "payment_method_types": ["card"]}
    metadata = {"setup_intent_data": {"metadata": {"subscription": trial.subscription_id}}}
    return _lead(grant, Purpose.CARD, order, visitor, {**setting_up, **metadata})


def open_portal(grant: Grant) -> str:
    """Return the address of Stripe's portal for the open organisation, good for a short time."""
    grant.must_be(Permission.BILLING_CHANGE)
    session = client().v1.billing_portal.sessions.create({"customer": customer_id(), "return_url": _address("plan")})
    record_event(Event.PORTAL_OPENED, grant.actor(), decision_id=grant.decision_id)
    return session.url


@transaction.atomic
def give_up_trial(grant: Grant) -> None:
    """End the open trial, and the Checkout that may still be open for it."""
    if trials.give_up(grant) is not None:
        settle()
        for visit in CheckoutVisit.objects.all()[:1]:
            _expire(visit)


def _begin_trial(grant: Grant, order: Order, visitor: Visitor) -> Refusal | None:
    """Write the trial down, or why there is none; a customer of before has had its own and is not asked again."""
    applicant = visitor.applicant()
    if trials.refusal(applicant) is Refusal.SAME_ORGANIZATION:
        return Refusal.SAME_ORGANIZATION
    trial = trials.begin(grant, order.plan, order.interval, applicant)
    return Refusal(trial.refusal) if trial.state == Trial.State.REFUSED else None


def _subscribing(order: Order, granted: bool) -> Params:
    data: Params = {"metadata": {"plan": order.plan.code, "version": str(order.plan.version)}}
    if granted:
        ending = {"end_behavior": {"missing_payment_method": "cancel"}}
        data |= {"trial_period_days": order.plan.trial_days, "trial_settings": ending}
    line = {"price": price_id(client(), order.plan, order.interval), "quantity": 1}
    return {
        "mode": "subscription",
        "line_items": [line],
        "payment_method_collection": "always",
        "subscription_data": data,
    }


def _lead(grant: Grant, purpose: CheckoutVisit.Purpose, order: Order, visitor: Visitor, params: Params) -> str:
    """Open a Checkout, or the one that this visit is at already, and return its address."""
    last: CheckoutVisit | None = CheckoutVisit.objects.first()
    visit = _visit(purpose, order, visitor)
    if last is not None and _is_same(last, visit):
        return str(_session(last, params)["url"])
    if last is not None:
        _expire(last)
    visit.number = last.number + 1 if last else 1
    _introduce(visitor)
    session = _session(visit, params)
    visit.session_id = session["id"]
    visit.save(force_insert=True)
    facts = {"plan": order.plan.code, "interval": order.interval.value, "purpose": purpose.value}
    record_event(Event.CHECKOUT_OPENED, grant.actor(), f"checkout/{visit.id}", decision_id=grant.decision_id, **facts)
    return str(session["url"])


def _session(visit: CheckoutVisit, params: Params) -> Params:
    """Return the Checkout of a visit, which is made at the first call; nobody is led to one that was lost."""
    key = f"checkout:{visit.number}:{visit.purpose}:{visit.plan.lookup_key(Interval(visit.interval))}"
    led = {
        "customer": customer_id(),
        "success_url": _address("checkout_done"),
        "cancel_url": _address("checkout_cancelled"),
    }
    return perform_anew("checkout", key, {**params, **led}, _open)


def _introduce(visitor: Visitor) -> None:
    """Let Stripe's pages, receipts and mails know whom they speak to."""
    known: Any = {"email": visitor.email, "name": Organization.objects.get().name}
    client().v1.customers.update(customer_id(), known)


def _visit(purpose: CheckoutVisit.Purpose, order: Order, visitor: Visitor) -> CheckoutVisit:
    user = User.objects.get(pk=visitor.user_id)
    return CheckoutVisit(
        purpose=purpose,
        plan=order.plan,
        interval=order.interval,
        at=timezone.now(),
        person_id=user.pk,
        email=visitor.email,
        address=visitor.address,
        device_hash=device_hash(user, visitor.device).hex() if visitor.device else "",
        browser=visitor.browser[:80],
        **dict(_accepted()),
    )


def _accepted() -> Iterator[tuple[str, str]]:
    for name in legal.TITLES:
        yield f"{name}_version", legal.present(name).version


def _is_same(last: CheckoutVisit, visit: CheckoutVisit) -> bool:
    """Tell whether somebody comes back to the Checkout they were at; one that led to a subscription is over."""
    if any(str(getattr(last, name)) != str(getattr(visit, name)) for name in _COMPARED):
        return False
    used = SubscriptionState.objects.filter(created_at__gte=last.at) | SubscriptionState.objects.filter(
        changed_at__gte=last.at
    )
    return last.at > visit.at - SAME_VISIT and not used.exists()


def _expire(visit: CheckoutVisit) -> None:
    """Close a Checkout that another one takes the place of; one that is over already stays as it is.

    Raises `ValidationError` where it was gone through, and the subscription it made is not heard of yet.
    """
    if visit.at <= timezone.now() - OPEN_FOR:
        return
    sessions = client().v1.checkout.sessions
    try:
        sessions.expire(visit.session_id)
    except stripe.InvalidRequestError:
        session = as_json(sessions.retrieve(visit.session_id))
        bought = id_of(session["subscription"]) if session["status"] == "complete" else ""
        if bought and not SubscriptionState.objects.filter(stripe_id=bought).exists():
            raise ValidationError("You have subscribed already; your plan shows here in a moment.") from None


def _open(params: Params, key: str) -> stripe.checkout.Session:
    return client().v1.checkout.sessions.create(params, {"idempotency_key": key})  # type: ignore[arg-type]  # plain JSON


def _address(name: str) -> str:
    return f"{settings.BASE_URL}{reverse(name)}"
