"""The security of a demonstration, whose people have no passkey at first and all sit at one machine."""

import uuid
from datetime import timedelta

from django.utils import timezone

from accounts.assurance import policy
from accounts.risk import verbs
from accounts.risk.models import RiskSettings
from tenants.guard import require
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.policy import confirmed
from tenants.principal import Principal, PrincipalKind, Resource
from tenants.scope import org_scope

EXCUSED_FOR = timedelta(days=30)
HERE = ["127.0.0.0/8", "::1/128"]


def seed_security(org_id: uuid.UUID) -> None:
    """Excuse the organisation's roles from their passkey for the next month, and trust this machine's own network.

    Whoever tries the product signs in as everybody, from one browser after the other: each would be a new device of a
    privileged person, whose keys then only read.
    """
    with org_scope(org_id):
        organization = Organization.objects.get()
        owner = Membership.objects.select_related("user").filter(role=Role.OWNER.value).order_by("created_at", "id")[0]
        person = Principal(PrincipalKind.PERSON, str(owner.user_id), org_id, str(owner.user), Role.OWNER)
        grant = require(confirmed(person), Permission.SECURITY_CHANGE, Resource("security", organization.id))
        current = policy.current()
        wanted = policy.Wanted(
            require_factor=current.require_factor,
            grace_days=current.grace_days,
            excused_until=timezone.now() + EXCUSED_FOR,
            idle_minutes=current.idle_minutes,
            lifetime_hours=current.lifetime_hours,
        )
        policy.change(grant, wanted)
        if not RiskSettings.objects.exists():
            may = require(confirmed(person), Permission.ALERTS_CHANGE, Resource("alerts", organization.id))
            verbs.change_settings(may, HERE, RiskSettings().step_up_from)
