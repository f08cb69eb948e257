"""A provider's certificate that ends is told of 30, 7 and 1 days before, once each."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.sso import certificates, tasks
from accounts.sso.models import Connection
from audit.models import OutboxMessage
from tenants.scope import org_scope
from tests.people import Person


@pytest.fixture
def connection(olga: Person) -> Connection:
    with org_scope(olga.organization.id):
        values = {"kind": "saml", "name": "IdP", "state": "enabled"}
        made: Connection = Connection.objects.create(**values)
        return made


def told(owner: Person, connection: Connection, left: timedelta) -> int:
    """Move the certificate's end, let the sweep's task run, and return how many mails are owed in all."""
    with org_scope(owner.organization.id):
        Connection.objects.filter(id=connection.id).update(certificate_ends_at=timezone.now() + left)
        certificates.tell_of_end(connection.id)
        return OutboxMessage.objects.filter(topic="accounts.notice").count()


def test_each_stage_is_told_once(olga: Person, connection: Connection) -> None:
    days = [40, 29, 28, 6, 5, 0.9, 0.5, -1, -2]
    assert [told(olga, connection, timedelta(days=day)) for day in days] == [0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_the_sweep_knows_which_are_due_without_reading_a_tenant(
    olga: Person, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[tuple[str, str]] = []
    monkeypatch.setattr(tasks.remind_of_certificate, "apply_async", lambda args, retry: handed.append(args))
    assert tasks.remind_of_certificates() == 0
    with org_scope(olga.organization.id):
        Connection.objects.update(certificate_ends_at=timezone.now() + timedelta(days=10))
    tasks.remind_of_certificates()
    assert handed == [(str(olga.organization.id), str(connection.id))]
    with org_scope(olga.organization.id):
        Connection.objects.update(state="disabled")
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sso_certificate_expiry WHERE connection_id = %s", [connection.id])
        assert cursor.fetchone() == (0,)
