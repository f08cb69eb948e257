"""A subscription of an estate, the way to Stripe that led to it, and its trial; nothing is at Stripe."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from billing.catalogue.plans import plan
from billing.subscriptions.models import CheckoutVisit, SubscriptionState, Trial

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def subscription(estate: "Estate") -> SubscriptionState:
    now = timezone.now()
    return SubscriptionState.objects.create(  # type: ignore[no-any-return]  # the manager of tenant models has no row type
        stripe_id=f"sub_{estate.canary}",
        item_id=f"si_{estate.canary}",
        status=SubscriptionState.Status.ACTIVE,
        plan=plan("team"),
        interval="month",
        period_start=now,
        period_end=now + timedelta(days=30),
        cancel_at_period_end=False,
        verified=True,
        card_brand=estate.canary,
        card_last4="4242",
        created_at=now,
    )


def visit(estate: "Estate") -> CheckoutVisit:
    accepted = {f"{name}_version": "2026-11-01" for name in ("terms", "cancellation", "refunds")}
    return CheckoutVisit.objects.create(  # type: ignore[no-any-return]  # as above
        number=1,
        purpose=CheckoutVisit.Purpose.TRIAL,
        plan=plan("team"),
        interval="month",
        at=timezone.now() - timedelta(days=2),
        person_id=estate.owner.user.pk,
        email=f"{estate.canary}@example.com",
        browser=estate.canary,
        session_id=f"cs_{estate.canary}",
        **accepted,
    )


def trial(estate: "Estate") -> Trial:
    now = timezone.now()
    return Trial.objects.create(  # type: ignore[no-any-return]  # as above
        plan=plan("team"),
        interval="month",
        state=Trial.State.CONVERTED,
        since=now,
        started_at=now,
        subscription_id=f"sub_{estate.canary}",
        person_id=estate.owner.user.pk,
    )


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {
    SubscriptionState: subscription,
    CheckoutVisit: visit,
    Trial: trial,
}
