"""Carrying out what a sign-in comes to: in one transaction, with the events of everything it changed."""

import uuid

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.notices import Notice, address_of, tell
from accounts.sso.asserted import Asserted
from accounts.sso.models import Connection, Identity
from accounts.sso.outcome import Act, Outcome, decide
from audit.events import Event
from audit.reasons import Reason
from audit.record import Actor, record_event
from tenants.memberships import organizations_of
from tenants.models import Membership, Organization
from tenants.permissions import Role

SOURCE = "sso"
"""The source of memberships that a sign-in made, and that a sign-in may end."""


@transaction.atomic
def carry_out(connection: Connection, said: Asserted, actor: Actor, linking: User | None = None) -> Outcome:
    """Decide and do: bind, create, give the role; or refuse and take away what the provider no longer grants.

    The connection is locked: two first sign-ins of one subject take turns. So is the organisation: the last seat is
    given once.
    """
    Organization.objects.select_for_update(no_key=True).get()
    Connection.objects.select_for_update().get(id=connection.id)
    outcome = decide(connection, said, linking)
    if outcome.act is Act.REFUSE:
        _refuse(connection, said, outcome, actor)
        return outcome
    user = outcome.user or _created(said)
    actor = Actor("person", str(user.pk), str(user), actor.address, actor.request_id)
    if outcome.act in {Act.CREATE, Act.JOIN}:
        _join(connection, user, outcome, actor)
    elif outcome.role is not outcome.former_role:
        _change_role(connection, user, outcome, actor)
    _bind(connection, said, user, outcome.act, actor)
    return Outcome(outcome.act, user, outcome.role, outcome.former_role)


def _bind(connection: Connection, said: Asserted, user: User, act: Act, actor: Actor) -> None:
    now = timezone.now()
    values = {"user": user, "last_used_at": now}
    identity, new = Identity.objects.get_or_create(connection=connection, subject=said.subject, defaults=values)
    if not new:
        Identity.objects.filter(id=identity.id).update(last_used_at=now)
        return
    record_event(Event.SSO_LINKED, actor, str(user.pk), str(user), connection=connection.name, subject=said.subject)
    if act is not Act.CREATE:
        facts = {
            "organization": Organization.objects.get().name,
            "connection": connection.name,
            "at": now,
            "security_url": address_of("security"),
        }
        tell(Notice.SSO_LINKED, user, facts)


def _created(said: Asserted) -> User:
    """Make the person. An account that squats on the address without having proved it goes: it opened nothing."""
    try:
        validate_email(said.email)
    except ValidationError as error:  # the domain is proved, so this is a provider that writes nonsense
        raise ValueError("The provider's e-mail address is none.") from error
    for squatter in User.objects.filter(email__iexact=said.email):
        if EmailAddress.objects.filter(user=squatter, verified=True).exists() or organizations_of(squatter.pk):
            raise ValueError("An account with another proved address claims this one.")
        squatter.delete()
    EmailAddress.objects.filter(email__iexact=said.email, verified=False).delete()
    user = User.objects.create_user(said.email, None, name=said.name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _join(connection: Connection, user: User, outcome: Outcome, actor: Actor) -> None:
    role = _role(outcome)
    Membership.objects.create(user=user, role=role.value, source=SOURCE)
    record_event(Event.MEMBER_JOINED, actor, str(user.pk), str(user), role=role.value, connection=connection.name)


def _change_role(connection: Connection, user: User, outcome: Outcome, actor: Actor) -> None:
    role = _role(outcome)
    membership: Membership = Membership.objects.select_for_update().get(user=user)
    former, membership.role = membership.role, role.value
    membership.save(update_fields=["role"])
    record_event(
        Event.MEMBER_ROLE_CHANGED,
        actor,
        str(user.pk),
        str(user),
        former=former,
        role=role.value,
        connection=connection.name,
    )


def _role(outcome: Outcome) -> Role:
    if outcome.role is None:
        raise ValueError("Somebody would come in without a role.")
    return outcome.role


def _refuse(connection: Connection, said: Asserted, outcome: Outcome, actor: Actor) -> None:
    """Write down who was refused. Whom the provider no longer grants a role is out: sessions and membership end."""
    reason = outcome.reason or Reason.SSO_ANSWER
    target = outcome.user
    record_event(
        Event.SSO_REFUSED,
        actor,
        str(target.pk) if target else said.subject,
        str(target) if target else said.email or said.subject,
        connection=connection.name,
        reason=reason.value,
        subject=said.subject,
    )
    if target is not None and reason is Reason.SSO_NO_ROLE:
        _end(connection, target, actor)


def _end(connection: Connection, user: User, actor: Actor) -> None:
    """End what a person has by the provider's word: the membership it made, and the sessions in which it opened."""
    membership = Membership.objects.filter(user=user, source=SOURCE).exclude(role=Role.OWNER.value).first()
    if membership is None:
        return
    membership.delete()
    record_event(
        Event.MEMBER_REMOVED,
        actor,
        str(user.pk),
        str(user),
        connection=connection.name,
        reason=Reason.SSO_NO_ROLE.value,
    )
    if not organizations_of(user.pk):
        end_sessions(user.pk)


def end_sessions(user_id: uuid.UUID) -> None:
    """Sign a person out everywhere."""
    for session in UserSession.objects.filter(user_id=user_id):
        session.end()
