"""The security policy of a demonstration: its people have authenticator codes and, at first, no passkey."""

import uuid
from datetime import timedelta

from django.utils import timezone

from accounts.assurance import policy
from tenants.guard import require
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.policy import confirmed
from tenants.principal import Principal, PrincipalKind, Resource
from tenants.scope import org_scope

EXCUSED_FOR = timedelta(days=30)


def seed_security(org_id: uuid.UUID) -> None:
    """Excuse the organisation's roles from their passkey for the next month, as an admin may do for their people."""
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
