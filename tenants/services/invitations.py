"""Inviting people: the token is only in the mail, and only the address it was sent to can use it."""

import uuid
from collections.abc import Collection
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import models, transaction
from django.utils import timezone

from audit.events import Event
from audit.outbox import post
from audit.record import Actor, record_event
from tenants.credentials import credential_hash, new_token, org_of
from tenants.guard import Grant, require
from tenants.models import Invitation, Membership, Organization
from tenants.permissions import PASSKEY_ROLES, Permission, Role
from tenants.principal import Resource
from tenants.scope import current_org_id, current_scope, org_scope
from tenants.services import seats
from tenants.services.roles import checked_role, grantable_roles

LIFE = timedelta(days=7)
LONGEST_EMAIL = 254  # RFC 5321: a path of 256 with its angle brackets; Django's validator lets longer ones pass
_MOST_OPEN = 200
MAIL_TOPIC = "tenants.invitation_mail"


class InvitationGone(Exception):
    """The token is unknown, used, withdrawn, expired, sent to another address, or its inviter may not invite any more.

    The answer does not say which.
    """


@transaction.atomic
def invite(grant: Grant, email: str, role: str) -> Invitation:
    """Invite `email` with `role`; the mail leaves with the commit. Whether the person is known here is not told."""
    grant.must_be(Permission.MEMBERS_INVITE)
    email = _checked_email(email)
    wanted = checked_role(grant, role)
    if wanted in PASSKEY_ROLES:
        require(grant.principal, Permission.MEMBERS_PROMOTE, Resource("members", current_org_id()), grant.request_id)
    if open_invitations().count() >= _MOST_OPEN:
        raise ValidationError({"email": f"There are {_MOST_OPEN} open invitations; withdraw some first."})
    token = new_token()
    open_invitations().filter(email=email).update(revoked_at=timezone.now())
    try:
        seats.take(open_invitations().count())
    except seats.NoSeat as full:
        raise ValidationError({"email": f"{full} Open invitations count."}) from full
    invitation: Invitation = Invitation.objects.create(
        email=email,
        role=wanted.value,
        hash=credential_hash(token),
        invited_by_id=grant.principal.user_id,
        expires_at=timezone.now() + LIFE,
    )
    organization = Organization.objects.get()
    mail = {"email": email, "token": token, "inviter": grant.principal.label, "organization": organization.name}
    post(MAIL_TOPIC, {**mail, "role": wanted.value})
    record_event(Event.MEMBER_INVITED, grant.actor(), email, email, decision_id=grant.decision_id, role=wanted.value)
    return invitation


@transaction.atomic
def withdraw(grant: Grant, invitation_id: uuid.UUID) -> None:
    """Make an open invitation useless."""
    grant.must_be(Permission.MEMBERS_INVITE)
    invitation = open_invitations().select_for_update().get(id=invitation_id)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    record_event(
        Event.INVITATION_REVOKED, grant.actor(), invitation.email, invitation.email, decision_id=grant.decision_id
    )


def end_those_of(grant: Grant, inviter_id: uuid.UUID, role: Role | None) -> None:
    """End the open invitations of a member whose role, now `role` (`None`: none), does not cover what they offer."""
    for invitation in open_invitations().select_for_update().filter(invited_by_id=inviter_id):
        if Role(invitation.role) in grantable_roles(role):
            continue
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        record_event(
            Event.INVITATION_REVOKED,
            grant.actor(),
            invitation.email,
            invitation.email,
            decision_id=grant.decision_id,
            because="the inviter may no longer offer this role",
        )


def open_invitations() -> models.QuerySet[Invitation]:
    """Return the open organisation's invitations that can still be accepted."""
    return Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())


def find(token: str, verified_emails: Collection[str]) -> Invitation:
    """Return the invitation a person with these proved addresses holds; raises `InvitationGone`."""
    org_id = org_of(token)
    if org_id is None:
        raise InvitationGone
    with org_scope(org_id):
        invitation = open_invitations().select_related("org").filter(hash=credential_hash(token)).first()
        if invitation is None or invitation.email not in {email.lower() for email in verified_emails}:
            raise InvitationGone
        if not _is_backed(invitation):
            raise InvitationGone
        return invitation


@transaction.atomic
def accept(token: str, verified_emails: Collection[str], actor: Actor) -> Organization:
    """Join the organisation as the signed-in person, whose scope is open; raises `seats.NoSeat` where it is full."""
    user_id = current_scope().user_id
    org_id = find(token, verified_emails).org_id
    with org_scope(org_id):
        invitation = open_invitations().select_for_update().filter(hash=credential_hash(token)).first()
        if invitation is None:
            raise InvitationGone
        if not Membership.objects.filter(user_id=user_id).exists():
            seats.take()
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
        _, joined = Membership.objects.get_or_create(user_id=user_id, defaults={"role": invitation.role})
        if joined:
            record_event(Event.MEMBER_JOINED, actor, str(user_id), actor.label, role=invitation.role)
        return Organization.objects.get()


def _is_backed(invitation: Invitation) -> bool:
    """Tell whether who invited is still a member that may offer the role: also where no verb ended the invitation."""
    inviter = Membership.objects.filter(user_id=invitation.invited_by_id, user__is_active=True).first()
    return inviter is not None and Role(invitation.role) in grantable_roles(Role(inviter.role))


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
        MaxLengthValidator(LONGEST_EMAIL)(email)
    except ValidationError as error:
        raise ValidationError({"email": "Give a valid e-mail address."}) from error
    return email
