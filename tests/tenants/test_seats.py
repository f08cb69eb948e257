"""Seats: nobody is invited, joins or comes in by single sign-on beyond what the plan holds; who is there stays."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from audit.record import Actor
from tenants.models import Invitation, Membership, Organization
from tenants.permissions import Role
from tenants.scope import Scope, open_scope, org_scope
from tenants.services import invitations, seats
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import Person, join, new_person, signed_in
from tests.tenants.test_invitations import _accept, _invite

GUEST = "guest@example.com"


def hold(person: Person, number: int | None) -> None:
    """Let the organisation's plan have so many seats."""
    with org_scope(person.organization.id):
        Organization.objects.update(seats=number)


def members(person: Person) -> int:
    with org_scope(person.organization.id):
        return Membership.objects.count()


def test_members_and_open_invitations_fill_the_seats(olga: Person) -> None:
    hold(olga, 2)
    _invite(olga)
    with pytest.raises(ValidationError, match="All 2 seats") as refused:
        _invite(olga, email="other@example.com")
    assert set(refused.value.message_dict) == {"email"}
    with org_scope(olga.organization.id):
        assert Invitation.objects.count() == 1


def test_inviting_the_same_address_again_takes_no_second_seat(olga: Person) -> None:
    hold(olga, 2)
    _invite(olga)
    _, token = _invite(olga)
    assert _accept(token) == olga.organization.id


def test_without_a_bound_anybody_can_be_invited(olga: Person, max_: Person) -> None:
    hold(olga, None)
    _invite(olga)
    with org_scope(olga.organization.id):
        assert Invitation.objects.count() == 1


def test_nobody_joins_an_organisation_that_filled_up_since(olga: Person) -> None:
    _, token = _invite(olga)
    hold(olga, 1)
    person = new_person(GUEST, "Gast")
    page = signed_in(person).post(reverse("invitation_accept", args=[token]))
    assert page.status_code == 409
    assert "There is no seat left" in page.content.decode()
    assert members(olga) == 1
    hold(olga, 2)
    with open_scope(Scope(user_id=person.pk)):
        invitations.accept(token, [GUEST], Actor("person", str(person.pk), "Gast"))
    assert members(olga) == 2


def test_a_smaller_plan_removes_nobody(olga: Person, max_: Person) -> None:
    hold(olga, 1)
    assert members(olga) == 2
    with org_scope(olga.organization.id):
        assert seats.is_full()


def test_the_last_seat_is_given_once(committed: None) -> None:
    owner = new_owner()
    tokens = [_invite(owner, email=f"{number}@{owner.organization.slug}.example")[1] for number in range(4)]
    people = [new_person(f"{number}@{owner.organization.slug}.example", "Gast") for number in range(4)]
    hold(owner, 2)

    def accept(number: int) -> bool:
        person = people[number]
        try:
            with open_scope(Scope(user_id=person.pk)):
                invitations.accept(tokens[number], [person.email], Actor("person", str(person.pk), "Gast"))
        except seats.NoSeat:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(accept, range(4))) == [False, False, False, True]
    assert members(owner) == 2


def test_a_member_who_follows_an_old_invitation_needs_no_seat(olga: Person) -> None:
    _, token = _invite(olga)
    member = join(olga.organization, GUEST, "Gast", Role.VIEWER)
    hold(olga, 2)
    with open_scope(Scope(user_id=member.user.pk)):
        invitations.accept(token, [GUEST], Actor("person", str(member.user.pk), "Gast"))
    assert members(olga) == 2
