"""Invitations: the token is only in the mail, and only the person it was sent to can use it, once, in time (R02)."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.models import AuditEvent, OutboxMessage
from audit.record import Actor
from tenants.encryption import unseal
from tenants.models import Invitation, Membership
from tenants.permissions import Permission, Role
from tenants.scope import Scope, open_scope, org_scope
from tenants.services import invitations, members
from tenants.services.invitations import LIFE, InvitationGone
from tests.people import Person, join, new_person, passkey_of

GUEST = "guest@example.com"


def _mailed(message: OutboxMessage) -> dict[str, str]:
    opened: dict[str, str] = orjson.loads(unseal(message.payload, f"audit_outboxmessage|payload|{message.org_id}"))
    return opened


def _invite(person: Person, role: Role = Role.DEVELOPER, email: str = GUEST) -> tuple[Invitation, str]:
    """Invite and return the invitation with the token that is in the mail."""
    with org_scope(person.organization.id):
        made = invitations.invite(person.may(Permission.MEMBERS_INVITE), email, role)
        message = OutboxMessage.objects.latest("created_at")
        return made, _mailed(message)["token"]


def _accept(token: str, email: str = GUEST) -> uuid.UUID:
    """Accept as a person whose proved address is `email`; returns the organisation joined."""
    person = new_person(email, "Gast")
    with open_scope(Scope(user_id=person.pk)):
        joined = invitations.accept(token, [email], Actor("person", str(person.pk), "Gast"))
    with org_scope(joined.id):
        assert Membership.objects.filter(user=person).exists()
    return joined.id


def test_the_addressee_joins_with_the_role_offered(olga: Person) -> None:
    invitation, token = _invite(olga, Role.ANALYST)
    assert _accept(token) == olga.organization.id
    with org_scope(olga.organization.id):
        assert Membership.objects.get(user__email=GUEST).role == "analyst"
        assert Invitation.objects.get(id=invitation.id).accepted_at is not None
        assert AuditEvent.objects.filter(event="tenants:membership:joined").count() == 1


def test_k05_the_token_is_in_the_mail_and_nowhere_else(in_acme: Person) -> None:
    _, token = _invite(in_acme)
    message = OutboxMessage.objects.get(topic=invitations.MAIL_TOPIC)
    assert token not in message.payload
    assert token == _mailed(message)["token"]
    for model in (Invitation, AuditEvent):
        for row in model.objects.all():
            assert token not in str([getattr(row, field.attname) for field in row._meta.concrete_fields])


def _expired(olga: Person, invitation: Invitation) -> None:
    Invitation.objects.filter(id=invitation.id).update(expires_at=timezone.now())


def _withdrawn(olga: Person, invitation: Invitation) -> None:
    invitations.withdraw(olga.may(Permission.MEMBERS_INVITE), invitation.id)


def _replaced(olga: Person, invitation: Invitation) -> None:
    invitations.invite(olga.may(Permission.MEMBERS_INVITE), GUEST, Role.VIEWER)


@pytest.mark.parametrize("end", [_expired, _withdrawn, _replaced])
def test_an_ended_invitation_is_gone(olga: Person, end: Callable[[Person, Invitation], None]) -> None:
    invitation, token = _invite(olga)
    with org_scope(olga.organization.id):
        end(olga, invitation)
    with pytest.raises(InvitationGone):
        _accept(token)


def test_an_invitation_works_once(olga: Person) -> None:
    _, token = _invite(olga)
    _accept(token)
    with pytest.raises(InvitationGone):
        invitations.find(token, [GUEST])


@pytest.mark.parametrize("addresses", [[], ["eve@globex.example"], ["guest@example.com.evil.example"], ["guest"]])
def test_another_address_finds_nothing(olga: Person, addresses: list[str]) -> None:
    _, token = _invite(olga)
    with pytest.raises(InvitationGone):
        invitations.find(token, addresses)


@pytest.mark.parametrize("token", ["", "x", "' OR true --", "A" * 43])
def test_a_token_of_nobody_finds_nothing(olga: Person, token: str) -> None:
    with pytest.raises(InvitationGone):
        invitations.find(token, [GUEST])


def test_an_api_key_is_no_invitation(olga: Person) -> None:
    """Both open a tenant by being presented; one cannot stand in for the other."""
    _, secret = olga.key()
    with pytest.raises(InvitationGone):
        invitations.find(secret, [olga.user.email])


def test_the_address_is_compared_without_its_case(olga: Person) -> None:
    _, token = _invite(olga, email="Guest@Example.COM")
    assert invitations.find(token, ["GUEST@example.com"]).email == GUEST


def test_a_member_who_accepts_keeps_their_role(olga: Person, max_: Person) -> None:
    _, token = _invite(olga, Role.ADMIN, max_.user.email)
    with open_scope(Scope(user_id=max_.user.pk)):
        invitations.accept(token, [max_.user.email], Actor("person", str(max_.user.pk), "Max"))
    with org_scope(olga.organization.id):
        assert Membership.objects.get(user=max_.user).role == "developer"


@pytest.mark.parametrize("role", ["owner", "superuser", ""])
def test_r02_nobody_invites_to_a_wider_role_than_their_own(in_acme: Person, role: str) -> None:
    anna = join(in_acme.organization, "anna@acme.example", "Anna Admin", Role.ADMIN)
    with pytest.raises(ValidationError):
        invitations.invite(anna.may(Permission.MEMBERS_INVITE), GUEST, role)
    assert not Invitation.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("email", ["", "guest", "guest@", "a@b\r\nBcc: x@example.com", "x" * 300 + "@example.com"])
def test_what_is_no_address_is_refused(in_acme: Person, email: str) -> None:
    with pytest.raises(ValidationError):
        invitations.invite(in_acme.may(Permission.MEMBERS_INVITE), email, "viewer")
    assert not OutboxMessage.objects.exists()


def test_another_organisations_invitation_cannot_be_withdrawn(olga: Person, eve: Person) -> None:
    invitation, token = _invite(olga)
    with org_scope(eve.organization.id), pytest.raises(Invitation.DoesNotExist):
        invitations.withdraw(eve.may(Permission.MEMBERS_INVITE), invitation.id)
    assert _accept(token) == olga.organization.id


def test_it_lives_a_week(olga: Person) -> None:
    invitation, _ = _invite(olga)
    assert abs(invitation.expires_at - invitation.created_at - LIFE) < timedelta(minutes=1)


def test_t20_a_removed_member_is_not_let_back_by_an_old_invitation(olga: Person) -> None:
    _, token = _invite(olga)
    _accept(token)
    with org_scope(olga.organization.id):
        membership = Membership.objects.get(user__email=GUEST)
        members.remove(olga.may(Permission.MEMBERS_REMOVE), membership.id)
    with pytest.raises(InvitationGone):
        invitations.find(token, [GUEST])


def _leaves(olga: Person, anna: Person) -> None:
    with org_scope(olga.organization.id):
        membership = Membership.objects.get(user=anna.user)
        members.remove(olga.may(Permission.MEMBERS_REMOVE), membership.id)


def _loses_the_role(olga: Person, anna: Person) -> None:
    with org_scope(olga.organization.id):
        membership = Membership.objects.get(user=anna.user)
        members.change_role(olga.may(Permission.MEMBERS_CHANGE), membership.id, "developer")


@pytest.mark.parametrize("end", [_leaves, _loses_the_role])
def test_r02_invitations_end_with_the_right_of_who_sent_them(
    olga: Person, end: Callable[[Person, Person], None]
) -> None:
    anna = join(olga.organization, "anna@acme.example", "Anna Admin", Role.ADMIN)
    _, token = _invite(anna)
    _, kept = _invite(olga, email="other@example.com")
    end(olga, anna)
    with pytest.raises(InvitationGone):
        _accept(token)
    with org_scope(olga.organization.id):
        [event] = AuditEvent.objects.filter(event="tenants:invitation:revoked")
        assert (event.target, event.actor_id) == (GUEST, str(olga.user.pk))
        assert [each.email for each in invitations.open_invitations()] == ["other@example.com"]
    assert invitations.find(kept, ["other@example.com"])


def test_an_owner_who_becomes_an_admin_still_stands_behind_what_an_admin_may_offer(olga: Person) -> None:
    second = join(olga.organization, "second@acme.example", "Sec Ond", Role.OWNER)
    passkey_of(olga.user)
    _, token = _invite(second)
    with org_scope(olga.organization.id):
        membership = Membership.objects.get(user=second.user)
        members.change_role(olga.may(Permission.MEMBERS_CHANGE), membership.id, "admin")
    assert invitations.find(token, [GUEST])


def test_r02_an_inviter_whose_account_was_closed_lets_nobody_in(olga: Person) -> None:
    anna = join(olga.organization, "anna@acme.example", "Anna Admin", Role.ADMIN)
    _, token = _invite(anna)
    anna.user.is_active = False
    anna.user.save()
    with pytest.raises(InvitationGone):
        _accept(token)
