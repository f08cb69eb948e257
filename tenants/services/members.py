"""Members and their roles. Nobody grants more than they have, and an organisation never loses its last owner."""

import uuid

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction

from audit.events import Event
from audit.record import record_event
from tenants.guard import Grant
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.services import invitations
from tenants.services.roles import checked_role, grantable_roles


@transaction.atomic
def change_role(grant: Grant, membership_id: uuid.UUID, role: str) -> Membership:
    """Give a member another role."""
    grant.must_be(Permission.MEMBERS_CHANGE)
    membership = _manageable(grant, membership_id)
    wanted = checked_role(grant, role)
    former = membership.role
    if former == Role.OWNER and wanted is not Role.OWNER:
        _refuse_last_owner(membership)
    membership.role = wanted.value
    membership.save(update_fields=["role"])
    record_event(
        Event.MEMBER_ROLE_CHANGED,
        grant.actor(),
        str(membership.user_id),
        str(membership.user),
        decision_id=grant.decision_id,
        former=former,
        role=wanted.value,
    )
    invitations.end_those_of(grant, membership.user_id, wanted)
    return membership


@transaction.atomic
def remove(grant: Grant, membership_id: uuid.UUID) -> None:
    """End a membership. Keys that the person made stop with their next use: they act with their maker's live role.

    So do their invitations: who is invited comes in on the inviter's word.
    """
    grant.must_be(Permission.MEMBERS_REMOVE)
    membership = _manageable(grant, membership_id)
    if membership.role == Role.OWNER:
        _refuse_last_owner(membership)
    target, label = str(membership.user_id), str(membership.user)
    membership.delete()
    record_event(Event.MEMBER_REMOVED, grant.actor(), target, label, decision_id=grant.decision_id)
    invitations.end_those_of(grant, membership.user_id, None)


def _manageable(grant: Grant, membership_id: uuid.UUID) -> Membership:
    """Return the membership, if the principal may manage a person of its role.

    The organisation is locked first: two owners who demote each other take turns, and the second is refused.
    """
    Organization.objects.select_for_update().get()
    membership: Membership = Membership.objects.get(id=membership_id)
    if Role(membership.role) not in grantable_roles(grant.principal.role):
        raise ValidationError({"role": "You cannot change a member whose role is wider than your own."})
    return membership


def _refuse_last_owner(membership: Membership) -> None:
    """Raise if nobody else owns the organisation; somebody without a passkey does not yet."""
    holders = Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).values("user_id")
    others = Membership.objects.filter(role=Role.OWNER.value, user_id__in=holders, user__is_active=True)
    if not others.exclude(id=membership.id).exists():
        raise ValidationError(
            {"role": "An organisation needs an owner with a passkey. Make someone else an owner first."}
        )
