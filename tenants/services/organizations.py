"""Making and changing organisations."""

import secrets
import uuid
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from audit.events import Event
from audit.record import Actor, record_event
from tenants.directory import list_organization
from tenants.guard import Grant
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.scope import current_scope, org_scope

Founded = Callable[[], object]
_founded: list[Founded] = []
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_MOST_OF_ONE_PERSON = 20
LONGEST_NAME = 80


def on_founding(act: Founded) -> Founded:
    """Register what a new organisation also gets, in the transaction that makes it and with its scope open."""
    _founded.append(act)
    return act


@transaction.atomic
def create(name: str, founder: Actor) -> Organization:
    """Make an organisation owned by the signed-in person, whose scope is open; raises `ValidationError` by field."""
    user_id = current_scope().user_id
    if user_id is None:
        raise ValueError("Nobody is signed in.")
    name = _checked_name(name)
    if Membership.of_person.count() >= _MOST_OF_ONE_PERSON:
        raise ValidationError({"name": f"You already belong to {_MOST_OF_ONE_PERSON} organisations."})
    organization = Organization(id=uuid.uuid4(), name=name, slug=new_slug(name))
    with org_scope(organization.id):
        organization.save(force_insert=True)
        Membership.objects.create(user_id=user_id, role=Role.OWNER.value, source="founder")
        list_organization(organization)
        record_event(Event.ORGANIZATION_CREATED, founder, str(organization.id), organization.name)
        for act in _founded:
            act()
    return organization


@transaction.atomic
def rename(grant: Grant, name: str) -> Organization:
    """Give the open organisation another name. The slug stays: it is in other systems' settings."""
    grant.must_be(Permission.ORGANIZATION_CHANGE)
    organization = Organization.objects.select_for_update().get()
    former, organization.name = organization.name, _checked_name(name)
    organization.save(update_fields=["name"])
    list_organization(organization)
    record_event(
        Event.ORGANIZATION_RENAMED,
        grant.actor(),
        str(organization.id),
        organization.name,
        decision_id=grant.decision_id,
        former=former,
    )
    return organization


@transaction.atomic
def set_status(grant: Grant, status: Organization.Status) -> Organization:
    """Suspend or reinstate the open organisation as an operator; its keys stop, or go on, with their next request."""
    grant.must_be(Permission.TENANTS_SUSPEND)
    organization = Organization.objects.select_for_update().get()
    organization.status = status
    organization.save(update_fields=["status"])
    suspended = status == Organization.Status.SUSPENDED
    event = Event.ORGANIZATION_SUSPENDED if suspended else Event.ORGANIZATION_REINSTATED
    record_event(event, grant.actor(), str(organization.id), organization.name, decision_id=grant.decision_id)
    return organization


def note_opened(organization: Organization, member: Actor) -> None:
    """Write down in an organisation's log that a member went over to it from another one."""
    with org_scope(organization.id):
        record_event(Event.ORGANIZATION_SWITCHED, member, str(organization.id), organization.name)


def new_slug(name: str) -> str:
    """Return a slug for `name` whose random ending keeps it from telling whether another tenant has the name."""
    ending = "".join(secrets.choice(_LETTERS) for _ in range(5))
    return f"{slugify(name)[:56].strip('-') or 'org'}-{ending}"


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 2 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise ValidationError({"name": f"Give a name of 2 to {LONGEST_NAME} printable characters."})
    return name
