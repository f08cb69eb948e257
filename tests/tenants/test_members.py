"""Members: nobody grants more than they have, and an organisation keeps an owner."""

import pytest
from django.core.exceptions import ValidationError

from tenants.guard import Refused
from tenants.models import Membership
from tenants.permissions import Permission, Role
from tenants.services import members
from tests.people import Person, join


def _membership(person: Person) -> Membership:
    membership: Membership = Membership.objects.get(user=person.user)
    return membership


def test_an_owner_changes_a_role(in_acme: Person, max_: Person) -> None:
    members.change_role(in_acme.may(Permission.MEMBERS_CHANGE), _membership(max_).id, "analyst")
    assert _membership(max_).role == Role.ANALYST


def test_the_last_owner_cannot_step_down(in_acme: Person) -> None:
    with pytest.raises(ValidationError, match="needs an owner"):
        members.change_role(in_acme.may(Permission.MEMBERS_CHANGE), _membership(in_acme).id, "viewer")
    with pytest.raises(ValidationError, match="needs an owner"):
        members.remove(in_acme.may(Permission.MEMBERS_REMOVE), _membership(in_acme).id)
    assert _membership(in_acme).role == Role.OWNER


def test_an_admin_makes_no_owners_and_touches_none(in_acme: Person, max_: Person) -> None:
    anna = join(in_acme.organization, "anna@acme.example", "Anna Admin", Role.ADMIN)
    grant = anna.may(Permission.MEMBERS_CHANGE)
    with pytest.raises(ValidationError, match="wider than your own"):
        members.change_role(grant, _membership(max_).id, "owner")
    with pytest.raises(ValidationError, match="wider than your own"):
        members.change_role(grant, _membership(in_acme).id, "viewer")
    assert _membership(max_).role == Role.DEVELOPER


def test_a_developer_may_not_change_roles(in_acme: Person, max_: Person) -> None:
    with pytest.raises(Refused):
        max_.may(Permission.MEMBERS_CHANGE)


def test_a_role_that_is_none_is_refused(in_acme: Person, max_: Person) -> None:
    with pytest.raises(ValidationError, match="not a role"):
        members.change_role(in_acme.may(Permission.MEMBERS_CHANGE), _membership(max_).id, "superuser")
