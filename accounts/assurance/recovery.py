"""Somebody else takes a person's second factors away, so that they can enrol new ones; nobody does so for themselves.

A colleague does it for a member of one organisation alone; an operator for whoever belongs to several, or to none.
"""

import uuid
from collections.abc import Mapping
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.assurance import sessions
from accounts.assurance.models import FactorReset
from accounts.models import User
from accounts.notices import Notice, address_of, tell, tell_keepers
from audit.events import Event
from audit.record import record_event
from tenants.guard import Grant
from tenants.memberships import organizations_of
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.scope import org_scope
from tenants.services.roles import resettable_roles

GRACE = timedelta(hours=24)


@transaction.atomic
def reset(grant: Grant, membership_id: uuid.UUID) -> FactorReset:
    """Remove a member's factors and end their sessions; tell them. They have `GRACE` to enrol a new factor.

    Factors are the person's in every organisation they belong to: who belongs to another one as well cannot be reset
    from here, or its walls would stand on this organisation's word.
    """
    grant.must_be(Permission.FACTORS_RESET)
    membership: Membership = Membership.objects.select_for_update().select_related("user").get(id=membership_id)
    _refuse(grant, membership)
    made = _write_down(grant, membership.user, _take(membership.user))
    facts = {"by": grant.principal.label, "at": made.at, "until_at": made.until, "url": address_of("mfa_index")}
    tell(Notice.FACTORS_RESET, membership.user, facts)
    return made


@transaction.atomic
def recover(grants: Mapping[uuid.UUID, Grant], user: User, reason: str) -> None:
    """Do the same as an operator, whose act was decided in each organisation of the person: `grants` by their ids.

    The person is told, and the keepers of each organisation; none learns of another. Raises `ValidationError` for
    operators, who have the emergency code.
    """
    if user.is_staff:
        raise ValidationError("Operators recover by an emergency code: manage.py break_glass.")
    if set(grants) != set(organizations_of(user.pk)):
        raise ValidationError("The person has joined or left an organisation meanwhile. Try again.")
    kinds = _take(user)
    now = timezone.now()
    facts = {"by": "An operator of Tidegate", "at": now, "until_at": now + GRACE, "reason": reason}
    for org_id, grant in grants.items():
        grant.must_be(Permission.FACTORS_RECOVER)
        with org_scope(org_id):
            _write_down(grant, user, kinds, reason=reason)
            told = facts | {"member": str(user), "email": user.email, "url": address_of("members_list")}
            tell_keepers(Notice.FACTORS_RECOVERED, told | {"organization": Organization.objects.get().name}, None)
    tell(Notice.FACTORS_RESET, user, facts | {"url": address_of("mfa_index")})


def _take(user: User) -> list[str]:
    """Remove a person's factors and end their sessions; return which kinds there were."""
    removed = Authenticator.objects.filter(user=user)
    kinds = sorted(set(removed.values_list("type", flat=True)))
    removed.delete()
    sessions.end_all(user.pk)
    return kinds


def _write_down(grant: Grant, user: User, kinds: list[str], **detail: str) -> FactorReset:
    """Give the person their days in the open organisation, and record it there."""
    until = timezone.now() + GRACE
    made: FactorReset = FactorReset.objects.create(user=user, by_id=grant.principal.user_id, until=until)
    record_event(
        Event.FACTORS_RESET,
        grant.actor(),
        str(user.pk),
        str(user),
        decision_id=grant.decision_id,
        factors=kinds,
        **detail,
    )
    return made


def _refuse(grant: Grant, membership: Membership) -> None:
    if membership.user_id == grant.principal.user_id:
        raise ValidationError("A colleague has to reset your factors: nobody resets their own.")
    if Role(membership.role) not in resettable_roles(grant.principal.role):
        raise ValidationError("You cannot reset the factors of somebody whose role is wider than your own.")
    if len(organizations_of(membership.user_id)) > 1:
        raise ValidationError("This person belongs to other organisations too; only support can reset their factors.")
