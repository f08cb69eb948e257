"""A tenant's guard policies: reading the active one, making and activating versions."""

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from pydantic import ValidationError as Invalid

from audit.events import Event
from audit.record import record_event
from promptguard import own_kinds
from promptguard.detectors.tenant_patterns import OwnPatterns
from promptguard.models import GuardPolicy
from promptguard.policy import SHIPPED, SHIPPED_VERSION, Rules
from tenants.guard import Grant
from tenants.models import Organization
from tenants.permissions import Permission
from tenants.scope import org_scope
from tenants.webhooks.emitting import emit
from tenants.webhooks.kinds import WebhookEvent

REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class ActivePolicy:
    """The rules in force, the name of their version, and what of it the tenant wrote itself."""

    id: str
    version: str
    rules: Rules
    own: OwnPatterns


DEFAULT = ActivePolicy("shipped", SHIPPED_VERSION, SHIPPED, OwnPatterns("shipped"))
_remembered: dict[tuple[UUID, int], ActivePolicy] = {}


def active_policy(org_id: UUID, stamp: int | None = None) -> ActivePolicy:
    """Return the tenant's active policy; with the tenant's present `stamp`, a worker's copy from that stamp will do."""
    held = _remembered.get((org_id, stamp)) if stamp is not None else None
    if held is not None:
        return held
    with org_scope(org_id):
        row = GuardPolicy.objects.filter(active=True).first()
    policy = DEFAULT if row is None else of_version(row)
    if stamp is not None:
        if len(_remembered) >= REMEMBERED:
            _remembered.clear()
        _remembered[org_id, stamp] = policy
    return policy


def of_version(row: GuardPolicy) -> ActivePolicy:
    """Return a stored version as it acts when it is in force."""
    rules = Rules(**row.rules)
    own = OwnPatterns(str(row.id), rules.own, rules.terms)
    return ActivePolicy(str(row.id), f"policy-{row.version}", rules, own)


@transaction.atomic
def save(grant: Grant, rules: dict[str, object], note: str = "") -> GuardPolicy:
    """Write `rules` down as a new version, not in force yet; raises `ValidationError` by the member at fault."""
    grant.must_be(Permission.POLICY_CHANGE)
    checked = _checked(rules)
    Organization.objects.select_for_update().get()
    latest: int = GuardPolicy.objects.aggregate(latest=Max("version"))["latest"] or 0
    policy: GuardPolicy = GuardPolicy.objects.create(
        version=latest + 1,
        rules=checked.model_dump(mode="json"),
        author=grant.principal.label[:120],
        note=note[:200],
    )
    _record(Event.POLICY_SAVED, grant, policy)
    return policy


@transaction.atomic
def activate(grant: Grant, policy_id: UUID) -> GuardPolicy:
    """Put a version in force, new or former, from the next request on; raises `GuardPolicy.DoesNotExist`."""
    grant.must_be(Permission.POLICY_CHANGE)
    Organization.objects.select_for_update().get()
    policy: GuardPolicy = GuardPolicy.objects.get(id=policy_id)
    if not policy.active:
        former = GuardPolicy.objects.filter(active=True)
        is_former = former.filter(version__gt=policy.version).exists()
        former.update(active=False)
        policy.active, policy.activated_at = True, timezone.now()
        policy.save(update_fields=["active", "activated_at"])
        _record(Event.POLICY_ACTIVATED, grant, policy)
        kind = WebhookEvent.POLICY_ROLLED_BACK if is_former else WebhookEvent.POLICY_ACTIVATED
        emit(kind, {"policy_id": str(policy.id), "version": policy.version, "by": str(grant.principal.id)})
    return policy


def _checked(rules: dict[str, object]) -> Rules:
    try:
        checked = Rules.model_validate(rules)
    except Invalid as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValidationError({"rules": f"{where}: {first['msg']}"}) from error
    own_kinds.check(checked)
    return checked


def _record(event: Event, grant: Grant, policy: GuardPolicy) -> None:
    record_event(
        event,
        grant.actor(),
        str(policy.id),
        f"version {policy.version}",
        decision_id=grant.decision_id,
        version=policy.version,
    )
