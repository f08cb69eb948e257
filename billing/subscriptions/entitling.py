"""Which plan is open to the organisation follows from its rows, in the transaction that changed them."""

from billing.catalogue.models import PlanVersion
from billing.catalogue.plans import FREE, plan
from billing.entitlements.models import Entitlement, Off
from billing.entitlements.verbs import assign, switch_off, switch_on
from billing.subscriptions.models import SubscriptionState, Trial

Status = SubscriptionState.Status


def begin() -> None:
    """Put a new organisation on the free plan."""
    free = plan(FREE)
    assign(free.code, free.version, free.limits)


def settle() -> None:
    """Assign the plan that the open organisation's subscription and trial open; an unverified trial opens none."""
    opened = _opened(Entitlement.objects.first())
    assign(opened.code, opened.version, opened.limits)
    if Trial.objects.filter(state=Trial.State.OFF).exists():
        switch_off(Off.UNVERIFIED)
    else:
        switch_on(Off.UNVERIFIED)


def current() -> SubscriptionState | None:
    """Return the open organisation's subscription that runs, if one does."""
    row: SubscriptionState | None = SubscriptionState.objects.filter(status__in=SubscriptionState.RUNNING).first()
    return row


def held_plan() -> PlanVersion:
    """Return the plan whose limits count now."""
    return _version(Entitlement.objects.first())


def _opened(held: Entitlement | None) -> PlanVersion:
    row = current()
    if row is not None and row.plan is not None:
        if row.status == Status.ACTIVE or (row.status == Status.TRIALING and _runs(row)):
            return row.plan
        if row.status == Status.PAST_DUE:
            return _while_due(held, row.plan)
    return _version(held) if held and held.plan == FREE else plan(FREE)  # who has an older free version keeps it


def _runs(row: SubscriptionState) -> bool:
    return bool(Trial.objects.filter(subscription_id=row.stripe_id, state=Trial.State.RUNNING).exists())


def _while_due(held: Entitlement | None, owed: PlanVersion) -> PlanVersion:
    """Return the smaller of the plan that was paid for last and the one whose payment is due."""
    return min(_version(held), owed, key=lambda each: each.rank)


def _version(held: Entitlement | None) -> PlanVersion:
    """Return the version that is held; one that the catalogue does not know is worth the free one."""
    found = PlanVersion.objects.filter(code=held.plan, version=held.plan_version).first() if held else None
    return found or plan(FREE)
