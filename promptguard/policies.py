"""A tenant's guard policies: reading the active one, making and activating versions."""

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from pydantic import ValidationError as Invalid

from audit.events import Event
from audit.record import record_event
from promptguard.models import GuardPolicy
from promptguard.policy import SHIPPED, SHIPPED_VERSION, Rules
from tenants.guard import Grant
from tenants.models import Organization
from tenants.permissions import Permission
from tenants.scope import org_scope

REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class ActivePolicy:
    """The rules in force and the name of their version."""

    id: str
    version: str
    rules: Rules


DEFAULT = ActivePolicy("shipped", SHIPPED_VERSION, SHIPPED)
_remembered: dict[tuple[UUID, int], ActivePolicy] = {}


def active_policy(org_id: UUID, stamp: int | None = None) -> ActivePolicy:
    """Return the tenant's active policy; with the tenant's present `stamp`, a worker's copy from that stamp will do."""
    held = _remembered.get((org_id, stamp)) if stamp is not None else None
    if held is not None:
        return held
    with org_scope(org_id):
        row = GuardPolicy.objects.filter(active=True).first()
    policy = DEFAULT if row is None else ActivePolicy(str(row.id), f"policy-{row.version}", Rules(**row.rules))
    if stamp is not None:
        if len(_remembered) >= REMEMBERED:
            _remembered.clear()
        _remembered[org_id, stamp] = policy
    return policy


@transaction.atomic
def activate(grant: Grant, rules: dict[str, object], note: str = "") -> GuardPolicy:
    """Make a new version with `rules` the active one; raises `ValidationError` that names the member at fault."""
    grant.must_be(Permission.POLICY_CHANGE)
    try:
        checked = Rules.model_validate(rules)
    except Invalid as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValidationError({"rules": f"{where}: {first['msg']}"}) from error
    Organization.objects.select_for_update().get()
    latest: int = GuardPolicy.objects.aggregate(latest=Max("version"))["latest"] or 0
    GuardPolicy.objects.filter(active=True).update(active=False)
    policy: GuardPolicy = GuardPolicy.objects.create(
        version=latest + 1,
        rules=checked.model_dump(mode="json"),
        active=True,
        author=grant.principal.label[:120],
        note=note[:200],
    )
    record_event(
        Event.POLICY_ACTIVATED,
        grant.actor(),
        str(policy.id),
        f"version {policy.version}",
        decision_id=grant.decision_id,
        version=policy.version,
    )
    return policy
