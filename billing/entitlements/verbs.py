"""What payments open and shut, in the transaction of what they follow from; the open organisation's.

Each takes the organisation's row first, so that two of them never compute its status from each other's past. The row's
stamp moves with it: every worker refuses, or lets in, from the next request on.
"""

from django.db import transaction
from django.utils import timezone

from audit.events import Event
from audit.record import Actor, record_event
from billing.entitlements.limits import Limits
from billing.entitlements.models import Entitlement, Freeze, Off
from billing.ledger.quotas import set_plan_quotas
from tenants.models import Organization

SYSTEM = Actor("system", "billing", "Billing")


@transaction.atomic
def assign(plan: str, version: int, limits: Limits, actor: Actor = SYSTEM) -> Entitlement:
    """Put the organisation on a version of a plan. That it was off stays; nothing happens where it is on it already."""
    organization = _locked()
    held: Entitlement | None = Entitlement.objects.first()
    if held is not None and (held.plan, held.plan_version, Limits.from_json(held.limits)) == (plan, version, limits):
        return held
    former = f"{held.plan} {held.plan_version}" if held else ""
    entitlement = held or Entitlement()
    entitlement.plan, entitlement.plan_version, entitlement.limits = plan, version, limits.as_json()
    entitlement.changed_at = timezone.now()
    entitlement.save()
    organization.requests_per_minute = limits.requests_per_minute
    organization.seats, organization.retention_days = limits.seats, limits.retention_days
    organization.save(update_fields=["requests_per_minute", "seats", "retention_days"])
    set_plan_quotas(limits)
    record_event(Event.ENTITLEMENT_ASSIGNED, actor, f"plan/{plan}", plan, version=version, former=former)
    return entitlement


@transaction.atomic
def switch_off(reason: Off, actor: Actor = SYSTEM) -> None:
    """Let the plan open nothing, for one more reason; again for the same one changes nothing."""
    organization = _locked()
    held: Entitlement | None = Entitlement.objects.first()
    if held is not None and reason not in held.off:
        _keep_off(held, {*held.off, reason.value})
        record_event(Event.ENTITLEMENT_OFF, actor, reason=reason.value)
    _apply(organization)


@transaction.atomic
def switch_on(reason: Off, actor: Actor = SYSTEM) -> None:
    """Let one reason to keep the plan off end; it opens what it opens again once there is no other."""
    organization = _locked()
    held: Entitlement | None = Entitlement.objects.first()
    if held is not None and reason in held.off:
        _keep_off(held, {*held.off} - {reason.value})
        if not held.off:
            record_event(Event.ENTITLEMENT_ON, actor, reason=reason.value)
    _apply(organization)


def freeze(cause: str, reason: str, actor: Actor = SYSTEM) -> Freeze:
    """Freeze the organisation for one more cause; again for the same one changes nothing."""
    return _opened(cause, reason, actor, pauses=False)


def pause(cause: str, reason: str, actor: Actor = SYSTEM) -> Freeze:
    """Let the organisation buy nothing more for a cause, and go on otherwise; once for each cause."""
    return _opened(cause, reason, actor, pauses=True)


@transaction.atomic
def lift(cause: str, actor: Actor = SYSTEM) -> bool:
    """Lift what was frozen for a cause; returns whether anything was. It stays frozen for other causes."""
    organization = _locked()
    lifted = Freeze.objects.filter(cause=cause, lifted_at=None).update(lifted_at=timezone.now())
    if lifted:
        record_event(Event.ENTITLEMENTS_THAWED, actor, cause)
    _apply(organization)
    return bool(lifted)


@transaction.atomic
def _opened(cause: str, reason: str, actor: Actor, pauses: bool) -> Freeze:
    organization = _locked()
    found: Freeze | None = Freeze.objects.filter(cause=cause, lifted_at=None).first()
    if found is None:
        found = Freeze.objects.create(cause=cause, reason=reason, opened_at=timezone.now(), pauses=pauses)
        record_event(Event.SPENDING_PAUSED if pauses else Event.ENTITLEMENTS_FROZEN, actor, cause, reason)
    _apply(organization)
    return found


def _locked() -> Organization:
    return Organization.objects.select_for_update(no_key=True).get()


def _keep_off(held: Entitlement, reasons: set[str]) -> None:
    held.off, held.changed_at = sorted(reasons), timezone.now()
    held.save(update_fields=["off", "changed_at"])


def _apply(organization: Organization) -> None:
    """Write down what the rows make of the organisation's status."""
    status = Organization.BillingStatus.ACTIVE
    pauses = set(Freeze.objects.filter(lifted_at=None).values_list("pauses", flat=True))
    if False in pauses:
        status = Organization.BillingStatus.FROZEN
    elif Entitlement.objects.exclude(off=[]).exists():
        status = Organization.BillingStatus.LAPSED
    elif pauses:
        status = Organization.BillingStatus.PAUSED
    if organization.billing_status != status:
        organization.billing_status = status
        organization.save(update_fields=["billing_status"])
