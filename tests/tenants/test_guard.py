"""One enforcement point: an allow is in its effect's transaction, a refusal is on record whatever rolls back (A03)."""

from contextlib import suppress
from dataclasses import replace

import pytest
from django.db import transaction

from audit.models import AuditEvent, Decision
from audit.reasons import Reason
from tenants.guard import NotGranted, Refused, require
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.principal import ANONYMOUS, Resource
from tenants.scope import org_scope
from tenants.services import members, organizations
from tests.committed import new_member, new_owner
from tests.people import Person


def _decisions(person: Person) -> list[tuple[str, str]]:
    with org_scope(person.organization.id):
        return list(Decision.objects.order_by("created_at", "id").values_list("id", "action"))


def test_a03_a_refusal_is_recorded_although_its_transaction_rolls_back(committed: None) -> None:
    max_ = new_member(new_owner(), Role.VIEWER)
    with pytest.raises(Refused) as refused, transaction.atomic():
        max_.may(Permission.KEYS_CREATE)
    assert refused.value.reasons == (Reason.NOT_GRANTED,)
    assert _decisions(max_) == [(refused.value.decision_id, "deny")]


def test_a03_an_allow_that_is_rolled_back_never_was(committed: None) -> None:
    olga = new_owner()
    with suppress(ZeroDivisionError), transaction.atomic():
        olga.may(Permission.KEYS_CREATE)
        assert len(_decisions(olga)) == 1
        raise ZeroDivisionError
    assert _decisions(olga) == []


def test_a03_an_effect_its_decision_and_its_event_are_one_transaction(committed: None) -> None:
    olga = new_owner()
    with suppress(ZeroDivisionError), org_scope(olga.organization.id), transaction.atomic():
        organizations.rename(olga.may(Permission.ORGANIZATION_CHANGE), "Renamed")
        assert AuditEvent.objects.filter(event="tenants:organization:renamed").exists()
        raise ZeroDivisionError
    with org_scope(olga.organization.id):
        assert Organization.objects.get().name == olga.organization.name
        assert not AuditEvent.objects.filter(event="tenants:organization:renamed").exists()
        assert not Decision.objects.exists()
        grant = olga.may(Permission.ORGANIZATION_CHANGE)
        organizations.rename(grant, "Renamed")
        event = AuditEvent.objects.get(event="tenants:organization:renamed")
        assert event.decision_id == grant.decision_id == Decision.objects.get().id


@pytest.mark.parametrize("role", [None, Role.OWNER])
def test_r06_who_is_in_no_organisation_is_refused_on_the_record_of_the_one_asked_about(
    committed: None, role: Role | None
) -> None:
    olga = new_owner()
    nobodys = replace(olga.principal, org_id=None, role=role)
    recorded = []
    for principal in (ANONYMOUS, nobodys):
        with pytest.raises(Refused) as refused:
            require(principal, Permission.KEYS_READ, Resource("keys", olga.organization.id))
        recorded.append((refused.value.decision_id, "deny"))
    assert _decisions(olga) == recorded


def test_r02_a_refused_verb_did_nothing(committed: None) -> None:
    olga = new_owner()
    max_ = new_member(olga, Role.DEVELOPER)
    with org_scope(olga.organization.id):
        own = Membership.objects.get(user=max_.user)
        with pytest.raises(Refused):
            members.change_role(max_.may(Permission.MEMBERS_CHANGE), own.id, "viewer")
        own.refresh_from_db()
        assert own.role == "developer"
        assert not AuditEvent.objects.filter(event="tenants:membership:role_changed").exists()


@pytest.mark.parametrize("other", [p for p in Permission if p is not Permission.MEMBERS_REMOVE][:5])
def test_no_verb_runs_on_another_permissions_grant(in_acme: Person, max_: Person, other: Permission) -> None:
    membership = Membership.objects.get(user=max_.user)
    with pytest.raises(NotGranted):
        members.remove(in_acme.may(other), membership.id)
    assert Membership.objects.filter(id=membership.id).exists()
