"""The strict manager says no by name: a write for another tenant is a mistake of ours, and is told as one."""

import uuid
from collections.abc import Callable

import pytest
from django.db import transaction

from accounts.models import ApiKey, User
from tenants.models import Membership, Organization
from tenants.scope import NOBODY, ScopeMissing, ScopeViolation, current_org_id, current_scope, open_scope, org_scope
from tests.people import Person

Act = Callable[[Membership, uuid.UUID], object]


def _moved(row: Membership, org_id: uuid.UUID) -> Membership:
    return Membership(id=row.id, org_id=org_id, user_id=row.user_id, role=row.role)


REFUSED: dict[str, Act] = {
    "save": lambda row, other: _moved(row, other).save(),
    "delete": lambda row, other: _moved(row, other).delete(),
    "delete by an id nobody has": lambda row, other: Membership(id=other, user_id=row.user_id).delete(),
    "create": lambda row, other: Membership.objects.create(org_id=other, user_id=row.user_id, role="viewer"),
    "update org": lambda row, other: Membership.objects.update(org=other),
    "update org_id": lambda row, other: Membership.objects.filter(id=row.id).update(org_id=other),
    "bulk_create": lambda row, other: Membership.objects.bulk_create([_moved(row, other)]),
    "bulk_create of several": lambda row, other: Membership.objects.bulk_create([row, _moved(row, other)]),
    "upsert": lambda row, other: Membership.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["id"], update_fields=["role"]
    ),
    "bulk_update of a foreign row": lambda row, other: Membership.objects.bulk_update([_moved(row, other)], ["role"]),
    "bulk_update of the tenant": lambda row, other: Membership.objects.bulk_update([row], ["org"]),
    "get_or_create": lambda row, other: Membership.objects.get_or_create(org_id=other, user_id=row.user_id),
    "update_or_create": lambda row, other: Membership.objects.update_or_create(
        user_id=row.user_id, defaults={"org_id": other}
    ),
}


@pytest.mark.parametrize("act", REFUSED)
@pytest.mark.parametrize("exists", [True, False])
def test_a_write_for_another_tenant_is_refused(in_acme: Person, eve: Person, act: str, exists: bool) -> None:
    row = Membership.objects.get()
    with pytest.raises(ScopeViolation), transaction.atomic():
        REFUSED[act](row, eve.organization.id if exists else uuid.uuid4())
    assert Membership.objects.get().org_id == in_acme.organization.id


def test_a_new_row_belongs_to_the_open_organisation(in_acme: Person) -> None:
    assert ApiKey().org_id == in_acme.organization.id


def test_a_row_made_without_a_tenant_cannot_be_saved(olga: Person) -> None:
    orphan = ApiKey(name="k", scopes=[], created_by=olga.user)
    assert orphan.org_id is None
    with pytest.raises(ScopeMissing):
        orphan.save()
    with org_scope(olga.organization.id), pytest.raises(ScopeViolation):
        orphan.save()


def test_a_loaded_row_keeps_its_tenant_in_another_scope(olga: Person, eve: Person) -> None:
    with org_scope(olga.organization.id):
        row = Membership.objects.get()
    with org_scope(eve.organization.id):
        assert row.org_id == olga.organization.id
        with pytest.raises(ScopeViolation):
            row.save()
        with pytest.raises(Membership.DoesNotExist):
            row.refresh_from_db()


def test_scopes_nest_and_end_however_their_block_ends(olga: Person, eve: Person) -> None:
    with org_scope(olga.organization.id):
        with pytest.raises(ZeroDivisionError), org_scope(eve.organization.id):
            raise ZeroDivisionError
        assert current_org_id() == olga.organization.id
    assert current_scope() == NOBODY


def test_an_organisations_scope_keeps_the_person(olga: Person) -> None:
    with open_scope(type(NOBODY)(user_id=olga.user.pk)), org_scope(olga.organization.id):
        assert current_scope().user_id == olga.user.pk


def test_people_exist_beside_organisations(olga: Person, eve: Person) -> None:
    assert set(User.objects.filter(pk__in=[olga.user.pk, eve.user.pk])) == {olga.user, eve.user}


def test_organisations_are_those_of_the_scope(olga: Person, eve: Person) -> None:
    with pytest.raises(ScopeMissing):
        Organization.objects.count()
    with org_scope(eve.organization.id):
        assert Organization.objects.get() == eve.organization
        assert not Organization.objects.filter(id=olga.organization.id).exists()
        with pytest.raises(ScopeViolation):
            Organization.objects.bulk_create([Organization(name="x", slug="x")])
