"""Organisations: made by whoever is signed in, named freely, never telling of one another (T04, T19)."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from audit.models import AuditEvent
from audit.record import Actor
from tenants.directory import Directory, list_organization, whose
from tenants.models import DirectoryTerm, Membership, Organization
from tenants.permissions import Permission
from tenants.scope import Scope, ScopeViolation, open_scope, org_scope
from tenants.services import organizations
from tests.people import Person, new_person


def _founder(user_id: uuid.UUID) -> Actor:
    return Actor("person", str(user_id), "Olga")


def test_the_founder_owns_it_and_it_is_on_record(olga: Person) -> None:
    with org_scope(olga.organization.id):
        assert Membership.objects.get().role == "owner"
        [made] = AuditEvent.objects.filter(event="tenants:organization:created")
        assert made.actor_id == str(olga.user.pk)


def test_t04_a_name_that_another_tenant_has_is_taken_without_a_word(olga: Person, eve: Person) -> None:
    with open_scope(Scope(user_id=eve.user.pk)):
        same = organizations.create(olga.organization.name, _founder(eve.user.pk))
    assert same.name == olga.organization.name
    assert same.slug != olga.organization.slug
    assert same.slug.rsplit("-", 1)[0] == olga.organization.slug.rsplit("-", 1)[0]


def test_t19_ids_are_random(olga: Person, eve: Person) -> None:
    assert olga.organization.id.version == eve.organization.id.version == 4


@pytest.mark.parametrize("name", ["", "x", " ", "x" * 81, "a\nb\x00", "zero\u200bwidth"])
def test_a_name_that_cannot_be_shown_is_refused(olga: Person, name: str) -> None:
    with open_scope(Scope(user_id=olga.user.pk)), pytest.raises(ValidationError):
        organizations.create(name, _founder(olga.user.pk))


def test_nobody_founds_nothing(db: None) -> None:
    with pytest.raises(ValueError, match="Nobody"):
        organizations.create("Acme", Actor("person", "x", "x"))


def test_one_person_founds_so_many(db: None) -> None:
    person = new_person("many@example.com", "Many")
    with open_scope(Scope(user_id=person.pk)):
        for number in range(20):
            organizations.create(f"Number {number}", _founder(person.pk))
        with pytest.raises(ValidationError, match="already belong to 20"):
            organizations.create("One more", _founder(person.pk))


def test_a_person_sees_their_organisations_and_no_others(olga: Person, eve: Person) -> None:
    with open_scope(Scope(user_id=eve.user.pk)):
        assert list(Organization.objects.all()) == [eve.organization]
        assert {membership.org_id for membership in Membership.of_person.all()} == {eve.organization.id}


def test_an_organisation_that_is_not_open_cannot_be_saved(olga: Person, eve: Person) -> None:
    with org_scope(eve.organization.id), pytest.raises(ScopeViolation):
        olga.organization.save()


def test_a_new_name_replaces_the_old_one_in_the_directory(in_acme: Person, eve: Person) -> None:
    organizations.rename(in_acme.may(Permission.ORGANIZATION_CHANGE), "Initech  Systems")
    directory = Directory()
    directory.refresh()
    found = directory.foreign_kinds(["acme rockets", "initech systems"], eve.organization.id)
    assert found == {"initech systems": "name"}


def test_the_directory_knows_everybody_by_hashes_only(olga: Person, eve: Person) -> None:
    directory = Directory()
    directory.refresh()
    asked = ["acme rockets", "globex industries", olga.organization.slug, str(olga.organization.id), "nobody"]
    found = directory.foreign_kinds(asked, eve.organization.id)
    assert found == {
        "acme rockets": "name",
        olga.organization.slug: "identifier",
        str(olga.organization.id): "identifier",
    }
    assert directory.foreign_kinds(asked, olga.organization.id) == {"globex industries": "name"}
    stored = str(directory._terms)
    assert "acme" not in stored
    assert olga.organization.id.hex not in stored


def test_the_directory_outlives_a_rotation_of_the_key(olga: Person, eve: Person, settings: Settings) -> None:
    former, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 60
    settings.SECRET_KEY_FALLBACKS = [former]
    directory = Directory()
    directory.refresh()
    assert directory.foreign_kinds(["acme rockets"], eve.organization.id) == {"acme rockets": "name"}
    assert directory.foreign_kinds(["acme rockets"], olga.organization.id) == {}
    list_organization(olga.organization)
    assert DirectoryTerm.objects.filter(subject=whose(olga.organization.id)).count() == 4
    settings.SECRET_KEY_FALLBACKS = []
    directory = Directory()
    directory.refresh()
    assert directory.foreign_kinds(["acme rockets", "globex industries"], eve.organization.id) == {
        "acme rockets": "name"
    }
