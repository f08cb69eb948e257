"""What a sign-in through a connection comes to: decided without doing anything, so that a test sign-in can show it.

The order of the questions is the security of it (ADR 14). A subject that is known is the person it was bound to, and
nothing that the provider says of addresses changes that. A subject that is new may only become a person whose address
is at a domain this organisation has proved, and an account that already exists only where it belongs to the
organisation or its owner, signed in, asked for the link.
"""

from dataclasses import dataclass
from enum import StrEnum

from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.sso.asserted import Asserted
from accounts.sso.domains import domain_of, lapsed_names, proved_names
from accounts.sso.models import Connection, Identity
from accounts.sso.roles import role_of
from audit.reasons import Reason
from tenants.models import Membership
from tenants.permissions import Role
from tenants.services import seats


class Act(StrEnum):
    """What happens."""

    SIGN_IN = "sign_in"
    LINK = "link"
    JOIN = "join"
    CREATE = "create"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens, to whom, with which role; `reason` says why a person is refused."""

    act: Act
    user: User | None = None
    role: Role | None = None
    former_role: Role | None = None
    reason: Reason | None = None


def decide(connection: Connection, said: Asserted, linking: User | None = None) -> Outcome:
    """Return what `said` comes to on `connection`, whose organisation is open.

    `linking` is the person who, signed in, asked to have their account linked.
    """
    known = Identity.objects.select_related("user").filter(connection=connection, subject=said.subject).first()
    if known is not None:
        return _known(connection, said, known.user, linking)
    role = role_of(connection, said.groups)
    if linking is not None:
        return _linking(connection, said, linking, role)
    if not _speaks_for(said):
        return Outcome(Act.REFUSE, reason=Reason.SSO_DOMAIN)
    address = EmailAddress.objects.select_related("user").filter(email__iexact=said.email, verified=True).first()
    if address is not None:
        return _existing(connection, address.user, role)
    return _coming(Act.CREATE, None, role)


def _known(connection: Connection, said: Asserted, user: User, linking: User | None) -> Outcome:
    if linking is not None and linking != user:
        return Outcome(Act.REFUSE, reason=Reason.SSO_NOT_LINKED)
    return _member(connection, user, role_of(connection, said.groups), Act.SIGN_IN)


def _existing(connection: Connection, user: User, role: Role | None) -> Outcome:
    """An account has the address: it is linked if it belongs here and to no other subject, else its owner must ask."""
    bound = Identity.objects.filter(connection=connection, user=user).exists()
    if bound or not Membership.objects.filter(user=user).exists():
        return Outcome(Act.REFUSE, user, reason=Reason.SSO_NOT_LINKED)
    return _member(connection, user, role, Act.LINK)


def _linking(connection: Connection, said: Asserted, user: User, role: Role | None) -> Outcome:
    if Identity.objects.filter(connection=connection, user=user).exists():
        return Outcome(Act.REFUSE, user, reason=Reason.SSO_NOT_LINKED)
    if Membership.objects.filter(user=user).exists():
        return _member(connection, user, role, Act.LINK)
    if not _speaks_for(said) or not EmailAddress.objects.filter(user=user, email__iexact=said.email, verified=True):
        return Outcome(Act.REFUSE, user, reason=Reason.SSO_DOMAIN)
    return _coming(Act.JOIN, user, role)


def _coming(act: Act, user: User | None, role: Role | None) -> Outcome:
    """Somebody who would become a member: with a role, and where the plan has a seat left."""
    if role is None:
        return Outcome(Act.REFUSE, user, reason=Reason.SSO_NO_ROLE)
    if seats.is_full():
        return Outcome(Act.REFUSE, user, reason=Reason.SSO_NO_SEAT)
    return Outcome(act, user, role)


def _member(connection: Connection, user: User, role: Role | None, act: Act) -> Outcome:
    """Someone with an account: they must be a member still, and keep a role."""
    membership = Membership.objects.filter(user=user).first()
    if membership is None or not user.is_active:
        return Outcome(Act.REFUSE, user, reason=Reason.SSO_NOT_A_MEMBER)
    present = Role(membership.role)
    if domain_of(user.email) in lapsed_names():
        return Outcome(Act.REFUSE, user, None, present, Reason.SSO_DOMAIN)
    if present is Role.OWNER or not connection.role_map:
        return Outcome(act, user, present, present)
    if role is None:
        return Outcome(Act.REFUSE, user, None, present, Reason.SSO_NO_ROLE)
    return Outcome(act, user, role, present)


def _speaks_for(said: Asserted) -> bool:
    """Tell whether the organisation may vouch for the address: its domain is proved, the provider does not doubt it."""
    return said.email_verified is not False and domain_of(said.email) in proved_names()
