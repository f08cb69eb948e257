"""A colleague takes a member's second factors away, so that they can enrol new ones; nobody does so for themselves."""

import uuid
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.assurance import sessions
from accounts.assurance.models import FactorReset
from accounts.notices import Notice, address_of, tell
from audit.events import Event
from audit.record import record_event
from tenants.guard import Grant
from tenants.memberships import organizations_of
from tenants.models import Membership
from tenants.permissions import Permission, Role
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
    removed = Authenticator.objects.filter(user_id=membership.user_id)
    kinds = sorted(set(removed.values_list("type", flat=True)))
    removed.delete()
    sessions.end_all(membership.user_id)
    by = grant.principal.user_id
    made: FactorReset = FactorReset.objects.create(user_id=membership.user_id, by_id=by, until=timezone.now() + GRACE)
    record_event(
        Event.FACTORS_RESET,
        grant.actor(),
        str(membership.user_id),
        str(membership.user),
        decision_id=grant.decision_id,
        factors=kinds,
    )
    facts = {"by": grant.principal.label, "at": made.at, "until_at": made.until, "url": address_of("mfa_index")}
    tell(Notice.FACTORS_RESET, membership.user, facts)
    return made


def _refuse(grant: Grant, membership: Membership) -> None:
    if membership.user_id == grant.principal.user_id:
        raise ValidationError("A colleague has to reset your factors: nobody resets their own.")
    if Role(membership.role) not in resettable_roles(grant.principal.role):
        raise ValidationError("You cannot reset the factors of somebody whose role is wider than your own.")
    if len(organizations_of(membership.user_id)) > 1:
        raise ValidationError("This person belongs to other organisations too; only support can reset their factors.")
