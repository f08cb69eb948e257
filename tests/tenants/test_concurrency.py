"""What two people do at the same moment, each on a connection of their own (R02, R07)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import orjson
from django.core.exceptions import ValidationError
from django.db import connection, connections

from audit.models import AuditEvent, OutboxMessage
from audit.record import Actor
from tenants.encryption import unseal
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.scope import Scope, current_scope, open_scope, org_scope
from tenants.services import invitations, members
from tests.committed import new_member, new_owner
from tests.people import Person, new_person


def _at_once(*acts: Callable[[], object]) -> list[object]:
    """Run each act in a thread of its own, all from the same moment on; returns what each returned or raised."""
    together = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        assert current_scope().org_id is None
        try:
            connection.ensure_connection()
            together.wait()
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def _demote(actor: Person, target: Membership) -> Callable[[], object]:
    def act() -> object:
        with org_scope(actor.organization.id):
            return members.change_role(actor.may(Permission.MEMBERS_CHANGE), target.id, "viewer")

    return act


def _remove(actor: Person, target: Membership) -> Callable[[], object]:
    def act() -> object:
        with org_scope(actor.organization.id):
            return members.remove(actor.may(Permission.MEMBERS_REMOVE), target.id)

    return act


def _owners(person: Person) -> int:
    with org_scope(person.organization.id):
        return Membership.objects.filter(role="owner").count()


def test_r02_two_owners_who_demote_each_other_leave_one(committed: None) -> None:
    for make in (_demote, _remove):
        olga = new_owner()
        oskar = new_member(olga, Role.OWNER)
        with org_scope(olga.organization.id):
            hers, his = (Membership.objects.get(user=person.user) for person in (olga, oskar))
        results = _at_once(make(olga, his), make(oskar, hers))
        assert _owners(olga) == 1
        assert [type(result) for result in results].count(ValidationError) == 1, results


def test_r02_an_owner_who_steps_down_while_the_other_leaves(committed: None) -> None:
    olga = new_owner()
    oskar = new_member(olga, Role.OWNER)
    with org_scope(olga.organization.id):
        hers, his = (Membership.objects.get(user=person.user) for person in (olga, oskar))
    results = _at_once(_demote(olga, hers), _remove(oskar, his))
    assert _owners(olga) == 1
    assert [type(result) for result in results].count(ValidationError) == 1, results


def test_an_invitation_accepted_twice_at_once_makes_one_member(committed: None) -> None:
    olga = new_owner()
    guest = new_person(f"guest@{olga.organization.slug}.example", "Gast")
    with org_scope(olga.organization.id):
        invitations.invite(olga.may(Permission.MEMBERS_INVITE), guest.email, "viewer")
        message = OutboxMessage.objects.get(topic=invitations.MAIL_TOPIC)
    token = orjson.loads(unseal(message.payload, f"audit_outboxmessage|payload|{olga.organization.id}"))["token"]

    def accept() -> object:
        with open_scope(Scope(user_id=guest.pk)):
            return invitations.accept(token, [guest.email], Actor("person", str(guest.pk), "Gast"))

    results = _at_once(accept, accept)
    assert [type(result) for result in results].count(invitations.InvitationGone) == 1, results
    with org_scope(olga.organization.id):
        assert Membership.objects.filter(user=guest).count() == 1
        assert AuditEvent.objects.filter(event="tenants:membership:joined").count() == 1


def test_r07_a_role_lost_meanwhile_decides(committed: None) -> None:
    """The role is read with each request, so the second act of a demoted admin is refused."""
    olga = new_owner()
    anna = new_member(olga, Role.ADMIN)
    with org_scope(olga.organization.id):
        hers = Membership.objects.get(user=anna.user)
        members.change_role(olga.may(Permission.MEMBERS_CHANGE), hers.id, "viewer")
        assert Organization.objects.get() == olga.organization
    browser = anna.browser()
    assert browser.post("/members/invitations", {"email": "x@example.com", "role": "viewer"}).status_code == 403
    with org_scope(olga.organization.id):
        assert not invitations.open_invitations().exists()
