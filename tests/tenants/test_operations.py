"""Operators: what they open is in the tenant's own audit log, and a person is no tenant."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEvent
from tenants.scope import org_scope
from tests.people import Person, new_person, passkey_of, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "operator"])


@pytest.fixture
def operator(db: None) -> Client:
    """An operator whose session proved a second factor."""
    user = new_person("opal@tidegate.example", "Opal")
    user.is_staff = user.is_superuser = True
    user.save()
    client = signed_in(user)
    client.prove(user, passkey_of(user))
    return client


def _events(org_id: uuid.UUID) -> list[str]:
    with org_scope(org_id):
        return list(AuditEvent.objects.values_list("event", flat=True))


def test_opening_a_person_writes_to_nobodys_log(operator: Client, olga: Person) -> None:
    response = operator.get(reverse("admin:accounts_user_change", args=[olga.user.pk]))
    assert response.status_code == 200
    assert _events(olga.user.pk) == []
    assert User.objects.filter(pk=olga.user.pk).exists()
