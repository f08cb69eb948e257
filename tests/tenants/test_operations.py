"""Operators: what they open is in the tenant's own audit log, and a person is no tenant."""

import uuid

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEvent
from tenants.scope import org_scope
from tests.people import Person, new_person, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "operator"])


@pytest.fixture
def operator(db: None) -> Client:
    """An operator whose session proved a second factor."""
    user = new_person("opal@tidegate.example", "Opal")
    user.is_staff = user.is_superuser = True
    user.save()
    TOTP.activate(user, generate_totp_secret())
    client = signed_in(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": Authenticator.Type.TOTP.value, "at": 0}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def _events(org_id: uuid.UUID) -> list[str]:
    with org_scope(org_id):
        return list(AuditEvent.objects.values_list("event", flat=True))


def test_opening_a_person_writes_to_nobodys_log(operator: Client, olga: Person) -> None:
    response = operator.get(reverse("admin:accounts_user_change", args=[olga.user.pk]))
    assert response.status_code == 200
    assert _events(olga.user.pk) == []
    assert User.objects.filter(pk=olga.user.pk).exists()
